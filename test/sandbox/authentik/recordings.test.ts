import type { Rows } from '../../../sandbox/authentik/state.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BLUEPRINTS } from './cases/blueprints.ts';
import type { Case } from './cases/case.ts';
import { FAILURES } from './cases/failures.ts';
import { LEFT_OUT } from './cases/leftOut.ts';
import { OAUTH } from './cases/oauth.ts';
import { OBJECTS } from './cases/objects.ts';
import { LATER } from './cases/later.ts';
import { PEOPLE } from './cases/people.ts';
import { TOKENS } from './cases/tokens.ts';
import { differences, Keys, matchPaths, routeOf } from './compare.ts';
import { ADMIN_TOKEN, Lab, LIMITED_TOKEN, type Answer } from './lab.ts';
import { haveRecordings, readRecording, recordedNames, VERSIONS, type Recording } from './recordings.ts';

const CASES: Readonly<Record<string, Case>> = {
  ...BLUEPRINTS,
  ...FAILURES,
  ...LATER,
  ...OAUTH,
  ...OBJECTS,
  ...PEOPLE,
  ...TOKENS,
};

let lab: Lab;
afterEach(() => lab?.close());

interface Sent {
  readonly path: string;
  readonly body: unknown;
}

/** What was recorded, with our tokens and the keys of our own rows. */
function ourRequest({ request }: Recording, subject: string | number | undefined, ourBody: Case['body']): Sent {
  const { body } = request;
  return {
    path: ourPath(request.path, subject),
    body: body === undefined || ourBody === undefined ? body : ourBody(lab, body),
  };
}

async function send({ request }: Recording, { path, body }: Sent): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, ourValue(value));
  const form = request.form === undefined ? {} : { body: new URLSearchParams(request.form) };
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  return lab.ask(request.method, path, { headers, ...form, ...json });
}

function ourValue(recorded: string): string {
  const basic = /^Basic base64\((.*)\)$/.exec(recorded)?.[1];
  if (basic !== undefined) return `Basic ${Buffer.from(basic).toString('base64')}`;
  return recorded.replace('{{token}}', ADMIN_TOKEN).replace('{{limited_token}}', LIMITED_TOKEN);
}

function ourPath(recorded: string, subject: string | number | undefined): string {
  if (subject === undefined) return recorded;
  if (typeof subject === 'number') return recorded.replace(/\d+(?=\/?$)|(?<=\/)\d+(?=\/)/, String(subject));
  return recorded.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, subject);
}

/** The keys of the request are those that its answer must repeat. */
function keysOf({ request }: Recording, sent: Sent): Keys {
  const keys = new Keys();
  const how = { keys, ownWords: false };
  expect(matchPaths(request.path, sent.path, keys)).toBe(true);
  expect(differences(request.body ?? null, sent.body ?? null, 'body', how)).toEqual([]);
  return keys;
}

/** What the recording would say of our address and blueprints folder. */
function ours(text: string): string {
  return text.replaceAll('{{base}}', lab.url).replaceAll('{{blueprints}}', '/blueprints');
}

/** Of the recordings 18 nothing but the type was kept. */
function recordedHeaders(name: string): readonly string[] {
  return name.startsWith('18-') ? ['content-type'] : ['content-type', 'location', 'cache-control', 'allow'];
}

type Table = keyof Rows;

/** The tables as text; what differs afterwards was changed by the request and the work that it asked for. */
function tables(): ReadonlyMap<Table, string> {
  const { nextPk: _counter, ...rows } = lab.rows;
  return new Map(Object.entries(rows).map(([table, row]) => [table as Table, JSON.stringify(row)]));
}

function changedSince(before: ReadonlyMap<Table, string>): readonly Table[] {
  return [...tables()].filter(([table, text]) => before.get(table) !== text).map(([table]) => table);
}

test('the recordings of a real Authentik stand beside the project', (ctx) => {
  if (!haveRecordings) ctx.skip('no ../shared/authentik-recordings here: the stand-in is not held against them');
  expect(Object.keys(CASES).length).toBeGreaterThan(100);
});

describe.skipIf(!haveRecordings)('every recording', () => {
  test.each(VERSIONS)('of $version is either played again or left out for a reason', (version) => {
    const decided = new Set([...Object.keys(CASES), ...Object.keys(LEFT_OUT)]);
    expect(recordedNames(version).filter((name) => !decided.has(name))).toEqual([]);
    expect(Object.keys(CASES).filter((name) => name in LEFT_OUT)).toEqual([]);
    expect(
      Object.entries(CASES).flatMap(([name, { changes, effect }]) =>
        changes !== undefined && effect === undefined ? name : [],
      ),
      'what changes rows says how',
    ).toEqual([]);
    const everywhere = new Set(VERSIONS.flatMap((each) => recordedNames(each)));
    expect(
      [...decided].filter((name) => !everywhere.has(name)),
      'the table names nothing that was not recorded',
    ).toEqual([]);
  });
});

describe.skipIf(!haveRecordings).each(VERSIONS)('Authentik $version, played again against the stand-in', (version) => {
  beforeEach(async () => {
    lab = await Lab.start(version.version);
  });

  test.each(recordedNames(version).filter((name) => name in CASES))('%s', async (name) => {
    const recording = readRecording(version, name);
    const {
      arrange,
      body: ourBody,
      changes = [],
      effect,
      trim = (all: unknown) => all,
      ownWords = false,
    } = CASES[name] ?? {};
    const subject = (await arrange?.(lab, recording)) ?? undefined;
    await lab.settled();
    const before = tables();
    const sent = ourRequest(recording, subject, ourBody);

    const answer = await send(recording, sent);

    const { status, headers, body } = recording.response;
    expect(answer.status).toBe(status);
    for (const header of recordedHeaders(name))
      expect(answer.headers.get(header), header).toBe(headers[header] ?? null);
    const wanted = trim(JSON.parse(ours(JSON.stringify(body ?? ''))));
    const how = { keys: keysOf(recording, sent), ownWords };
    const found = differences(wanted, answer.body, routeOf(recording), how);
    expect(found, found.join('\n')).toEqual([]);
    await lab.settled();
    expect(changedSince(before)).toEqual(changes);
    await effect?.(lab, answer);
  });
});
