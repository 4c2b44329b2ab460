import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BLUEPRINTS } from './authentik/cases/blueprints.ts';
import type { Case } from './authentik/cases/case.ts';
import { FAILURES } from './authentik/cases/failures.ts';
import { LEFT_OUT } from './authentik/cases/leftOut.ts';
import { OAUTH } from './authentik/cases/oauth.ts';
import { OBJECTS } from './authentik/cases/objects.ts';
import { TOKENS } from './authentik/cases/tokens.ts';
import { differences, routeOf, seenTypes } from './authentik/compare.ts';
import { ADMIN_TOKEN, Lab, LIMITED_TOKEN, type Answer } from './authentik/lab.ts';
import { haveRecordings, readRecording, recordedNames, VERSIONS, type Recording } from './authentik/recordings.ts';

const CASES: Readonly<Record<string, Case>> = { ...BLUEPRINTS, ...FAILURES, ...OAUTH, ...OBJECTS, ...TOKENS };

/** Both versions taken together tell what may be null. */
const SEEN = seenTypes(
  VERSIONS.flatMap((version) => recordedNames(version).map((name) => readRecording(version, name))),
);

let lab: Lab;
afterEach(() => lab?.close());

/** Sends what was recorded, with our tokens and, in the path, the key of our own row. */
async function send({ request }: Recording, subject: string | number | undefined): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, ourValue(value));
  const body = request.form === undefined ? request.body : new URLSearchParams(request.form);
  const init = body === undefined ? {} : { body: body instanceof URLSearchParams ? body : JSON.stringify(body) };
  return lab.ask(request.method, ourPath(request.path, subject), { headers, ...init });
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

/** What the recording would say of our address and blueprints folder. */
function ours(text: string): string {
  return text.replaceAll('{{base}}', lab.url).replaceAll('{{blueprints}}', '/blueprints');
}

function isHarmless({ request }: Recording): boolean {
  return request.method === 'GET' || request.path.startsWith('/application/o/');
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
    const { arrange, effect, shapeOnly = false, ownWords = false } = CASES[name] ?? {};
    const subject = (await arrange?.(lab)) ?? undefined;
    await lab.settled();
    const before = JSON.stringify(lab.rows);

    const answer = await send(recording, subject);

    const { status, headers, body } = recording.response;
    expect(answer.status).toBe(status);
    for (const header of ['content-type', 'location', 'cache-control'])
      expect(answer.headers.get(header), header).toBe(headers[header] ?? null);
    const wanted = JSON.parse(ours(JSON.stringify(body ?? ''))) as unknown;
    expect(differences(wanted, answer.body, routeOf(recording), { seen: SEEN, shapeOnly, ownWords })).toEqual([]);
    await lab.settled();
    if (isHarmless(recording)) expect(JSON.stringify(lab.rows), 'nothing has changed').toBe(before);
    await effect?.(lab, answer);
  });
});
