import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { createAuthentik } from '../../integrations/authentik/goauthentik.ts';
import * as readers from '../../integrations/authentik/rows.ts';
import type { Row } from '../../integrations/authentik/shape.ts';
import { NoAnswer } from '../../integrations/httpAnswer.ts';
import { Faults } from '../../sandbox/faults/faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from '../../sandbox/kit/http.ts';
import { CALLS, OAUTH_CALLS } from './authentik/calls.ts';

/** A server in the place of Authentik, which answers every request with what a test says. */
let server: StandIn;
let answer: (request: StandInRequest) => StandInAnswer;
let authentik: Authentik;

beforeEach(async () => {
  server = await startStandIn({ system: 'authentik', faults: new Faults(), handle: (request) => answer(request) });
  authentik = await createAuthentik({ url: server.url, token: new Secret('token'), timeoutMs: 30_000 });
});
afterEach(() => server.close());

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };
const page = (results: unknown, next: unknown = 0): StandInAnswer => ({
  status: 200,
  body: { pagination: { next }, results },
});

/** What is no answer to anything that the job asks, whatever its status says. */
const NO_ANSWERS: Readonly<Record<string, StandInAnswer>> = {
  'a detail with status 200': { status: 200, body: { detail: 'Not found.' } },
  null: { status: 200, body: 'null', headers: JSON_TYPE },
  'a text': { status: 200, body: '"ok"', headers: JSON_TYPE },
  'a number': { status: 200, body: '7', headers: JSON_TYPE },
  'nothing at all': { status: 200, body: '', headers: JSON_TYPE },
  'half an answer': { status: 200, body: '{"pagination": {"next": 0}, "resu', headers: JSON_TYPE },
  'a list of null': { status: 200, body: [null] },
  'a page without its list': { status: 200, body: { pagination: { next: 0 } } },
  'a page whose list is null': page(null),
  'a list without its pages': { status: 200, body: { results: [] } },
  'a page of rows without fields': page([{}]),
  'a page of texts': page(['x']),
  'the log-in page of a proxy': { status: 200, body: '<html>Log in</html>', headers: HTML },
  'a 403 of a proxy': { status: 403, body: '<html>Forbidden</html>', headers: HTML },
  "a proxy's way to its log-in": { status: 302, body: '', headers: { location: 'https://login.invalid/if/flow/x/' } },
};

describe.each(Object.entries(CALLS))('%s', (_name, call) => {
  test.each(Object.entries(NO_ANSWERS))('takes %s for no answer', async (_what, wrong) => {
    answer = () => wrong;
    await expect(call(authentik)).rejects.toMatchObject({ system: 'Authentik', kind: 'Unavailable' });
  });
});

/** An empty object and an empty list are answers to some questions, and those alone. */
const EMPTY_ANSWERS: Readonly<Record<string, readonly string[]>> = {
  '{}': ['testSecret'],
  '[]': ['available', 'usedBy'],
};

describe.each(Object.keys(EMPTY_ANSWERS))('%s', (body) => {
  test.each(Object.entries(CALLS).filter(([name]) => EMPTY_ANSWERS[body]?.includes(name) === false))(
    'is no answer to %s',
    async (_name, call) => {
      answer = () => ({ status: 200, body, headers: JSON_TYPE });
      await expect(call(authentik)).rejects.toMatchObject({ kind: 'Unavailable' });
    },
  );
});

describe('what a proxy answers is named as such', () => {
  test.each([200, 400, 401, 403])('with status %i, of the API', async (status) => {
    answer = () => ({ status, body: '<html>Log in</html>', headers: HTML });
    await expect(authentik.group('x')).rejects.toThrow(/with a web page, as a log-in proxy in front of it does/);
  });

  test('with the host that it would lead to, where the token is not carried', async () => {
    answer = () => ({ status: 302, headers: { location: 'https://login.invalid/start' } });
    await expect(authentik.group('x')).rejects.toThrow('answered 302 with a way to login.invalid');
    answer = () => ({ status: 307, headers: { location: '/login' } });
    await expect(authentik.group('x')).rejects.toThrow(`with a way to ${new URL(server.url).host}`);
  });

  test('of the OAuth2 endpoints', async () => {
    answer = () => ({ status: 200, body: '<html>Log in</html>', headers: HTML });
    for (const call of Object.values(OAUTH_CALLS))
      await expect(call(authentik)).rejects.toThrow('log-in proxy in front of it');
    answer = () => ({ status: 302, headers: { location: 'https://login.invalid/start' } });
    await expect(authentik.testRedirectUri('x', 'https://x.invalid', [])).rejects.toThrow('sends on to login.invalid');
  });
});

describe('a list is whole, or it is none', () => {
  const row = { pk: 'a', name: 'x' };

  test('where a page after the first is missing', async () => {
    answer = ({ query }) =>
      query.get('page') === '1' ? page([row], 2) : { status: 404, body: { detail: 'Invalid page.' } };
    await expect(authentik.find('group', 'x')).rejects.toMatchObject({ kind: 'Unavailable' });
    await expect(authentik.find('group', 'x')).rejects.toThrow('a list whose page 2 is missing');
  });

  test.each([
    ['the same again', 1],
    ['one before', -1],
    ['one that is no number', '2'],
  ])('where the next page is %s', async (_what, next) => {
    answer = () => page([row], next);
    await expect(authentik.find('group', 'x')).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

test('a body that does not end is not read to its end', async () => {
  answer = () => ({ status: 200, body: ' '.repeat(64 * 1024 * 1024 + 1), headers: JSON_TYPE });
  await expect(authentik.version()).rejects.toThrow('answered with more than 67108864 bytes');
});

describe('a secret is right or wrong only by the words of Authentik', () => {
  test.each([
    [200, { ok: true }],
    [200, { error: 'invalid_client' }],
    [401, { message: 'no' }],
    [401, {}],
  ])('not by %i %j', async (status, body) => {
    answer = () => ({ status, body });
    await expect(authentik.testSecret('x', new Secret('y'))).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

test("a discovery document is absent only by Authentik's own page", async () => {
  answer = () => ({ status: 404, body: '404 page not found' });
  await expect(authentik.discoveryDocument('x')).rejects.toMatchObject({ kind: 'Unavailable' });
  answer = () => ({ status: 404, body: '<html>Not Found</html>', headers: HTML });
  expect(await authentik.discoveryDocument('x')).toBeUndefined();
});

describe('a change that was answered by something else', () => {
  test.each([
    ['a deletion', () => authentik.remove('group', 'x')],
    ['that of a binding', () => authentik.removeBinding('x')],
    ['an apply', () => authentik.apply('x')],
    ['a change', () => authentik.change('binding', 'x', { order: 1 })],
    ['an enabling', () => authentik.enableInstance('x', 'x.yaml')],
  ])('is not known to be done: %s', async (_name, call) => {
    answer = () => ({ status: 200, body: {} });
    await expect(call()).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

/** A row of each kind as Authentik answers it, every field another value than any default. */
const ROWS: Readonly<Record<string, { readonly read: (row: Row) => object; readonly row: Row }>> = {
  provider: {
    read: readers.toProvider,
    row: {
      pk: 7,
      name: 'n',
      client_id: 'c',
      client_type: 'public',
      authorization_flow: 'f',
      invalidation_flow: 'i',
      signing_key: 'k',
      property_mappings: ['m'],
      redirect_uris: [{ matching_mode: 'regex', url: 'u', redirect_uri_type: 'logout' }],
      grant_types: ['password'],
      sub_mode: 'user_email',
      include_claims_in_id_token: true,
      assigned_application_slug: 's',
    },
  },
  application: {
    read: readers.toApplication,
    row: { pk: 'p', name: 'n', slug: 's', provider: 3, meta_launch_url: 'u', policy_engine_mode: 'all' },
  },
  binding: {
    read: readers.toBinding,
    row: {
      pk: 'p',
      target: 't',
      order: 4,
      enabled: true,
      negate: true,
      timeout: 9,
      failure_result: true,
      group: 'g',
      group_obj: { name: 'n' },
      user: 5,
      policy: 'q',
    },
  },
  group: {
    read: readers.toGroup,
    row: {
      pk: 'p',
      name: 'n',
      is_superuser: true,
      parents: ['q'],
      roles: ['r'],
      users_obj: [{ pk: 1, username: 'u' }],
    },
  },
  user: {
    read: readers.toUser,
    row: { pk: 3, username: 'u', name: 'n', type: 'external', is_active: true, groups: ['g'] },
  },
  instance: {
    read: readers.toInstance,
    row: {
      pk: 'p',
      name: 'n',
      path: 'x',
      enabled: true,
      status: 'successful',
      last_applied: '2026-01-01T00:00:00.000001Z',
      last_applied_hash: 'h',
    },
  },
  file: { read: readers.toFile, row: { path: 'x', hash: 'h', meta: { name: 'n' } } },
  task: {
    read: readers.toTask,
    row: {
      message_id: 'm',
      state: 'done',
      previous_logs: [{ log_level: 'error', event: 'earlier' }],
      logs: [{ log_level: 'warning', event: 'later' }],
    },
  },
  'who uses it': {
    read: readers.toUsedBy,
    row: { app: 'a', model_name: 'm', pk: 'p', name: 'n', action: 'cascade' },
  },
};

describe.each(Object.entries(ROWS))('the row of a %s', (_kind, { read, row }) => {
  const whole = read(row) as Readonly<Record<string, unknown>>;

  /** The fields that are read otherwise, or the whole row where it is refused. */
  function changed(fields: Row): Readonly<Record<string, unknown>> | 'refused' {
    try {
      const found = Object.entries(read(fields)).filter(
        ([field, value]) => JSON.stringify(value) !== JSON.stringify(whole[field]),
      );
      return Object.fromEntries(found);
    } catch (error) {
      if (error instanceof NoAnswer) return 'refused';
      throw error;
    }
  }

  test.each(Object.keys(row))('without %s gives it no value', (field) => {
    const { [field]: _gone, ...rest } = row;
    const found = changed(rest);
    if (found === 'refused') return;
    expect(Object.keys(found), 'it is read, and so it is missed').not.toEqual([]);
    expect(Object.values(found).filter((value) => value !== undefined)).toEqual([]);
  });

  test.each(Object.keys(row))('with another kind of %s is no row', (field) => {
    expect(changed({ ...row, [field]: [7] })).toBe('refused');
  });
});
