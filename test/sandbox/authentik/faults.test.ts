import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault, FaultEffect } from '../../../sandbox/faults/faults.ts';
import { clientText, groupText } from './texts.ts';
import { ADMIN_TOKEN, Lab, SECRET } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.start();
});
afterEach(() => lab.close());

function behave(name: string, more: Partial<Fault> & { readonly argument?: string } = {}): void {
  const { argument, ...rest } = more;
  const effect: FaultEffect = { kind: 'behaviour', name, ...(argument === undefined ? {} : { argument }) };
  lab.faults.add({ system: 'authentik', effect, ...rest });
}

function two(): Promise<unknown> {
  return lab.pod({ 'a.yaml': groupText('one'), 'b.yaml': groupText('two') });
}

function statuses(): readonly string[] {
  return lab.rows.instances.map((row) => row.status);
}

describe('a behaviour', () => {
  test('neverSuccessful fails every apply, with words in its task', async () => {
    behave('neverSuccessful');
    await two();
    expect(statuses()).toEqual(['error', 'error']);
    expect(JSON.stringify(lab.standIn.pool.tasks)).toContain('injected fault');
    expect(
      lab.rows.groups.map((row) => row.name),
      'nothing of the files holds',
    ).toEqual(['authentik Admins']);
  });

  test('neverSuccessful with a path fails that one', async () => {
    behave('neverSuccessful', { argument: 'b.yaml' });
    await two();
    expect(statuses()).toEqual(['successful', 'error']);
  });

  test('silentApply loses so many applies', async () => {
    behave('silentApply', { times: 1 });
    await two();
    expect(statuses()).toEqual(['unknown', 'successful']);
    expect(lab.standIn.pool.tasks.filter((task) => task.state === 'queued')).toHaveLength(1);
  });

  test('noDiscovery takes up no file; an instance made by API is applied', async () => {
    behave('noDiscovery');
    await two();
    expect(lab.rows.instances).toEqual([]);
    const body = JSON.stringify({ name: 'one', path: 'a.yaml' });
    expect((await lab.ask('POST', '/api/v3/managed/blueprints/', { token: ADMIN_TOKEN, body })).status).toBe(201);
    await lab.apply('a.yaml');
    expect(statuses()).toEqual(['successful']);
  });

  test('disabledInstance makes discovery create one that does nothing', async () => {
    behave('disabledInstance', { argument: 'b.yaml' });
    await two();
    expect(lab.rows.instances).toMatchObject([
      { path: 'a.yaml', enabled: true, status: 'successful' },
      { path: 'b.yaml', enabled: false, status: 'unknown', last_applied_hash: '' },
    ]);
  });

  test('applyClash leaves an error and no hash though every object exists; the next apply is well', async () => {
    behave('applyClash', { times: 1 });
    await two();
    expect(lab.rows.instances).toMatchObject([{ status: 'error', last_applied_hash: '' }, { status: 'successful' }]);
    expect(lab.rows.groups.some((row) => row.name === 'one')).toBe(true);
    await lab.apply('a.yaml');
    expect(statuses()).toEqual(['successful', 'successful']);
  });
});

describe('a worker that is starting (workerStarts)', () => {
  const available = () => lab.ask('GET', '/api/v3/managed/blueprints/available/', { token: ADMIN_TOKEN });

  test('answers nothing, and applies when it is up', async () => {
    behave('workerStarts', { argument: '3600000' });
    const started = two();
    expect(await available()).toMatchObject({ status: 500, body: expect.stringContaining('<html>') as string });
    expect(statuses().every((status) => status === 'unknown')).toBe(true);
    lab.faults.clear();
    await started;
    expect(statuses()).toEqual(['successful', 'successful']);
    expect((await available()).status).toBe(200);
  });
});

test('hidesSecret leaves the client secret out of every provider', async () => {
  lab.group('admins');
  await lab.pod({ 'c.yaml': clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: SECRET });
  behave('hidesSecret');
  const list = await lab.ask('GET', '/api/v3/providers/oauth2/', { token: ADMIN_TOKEN });
  expect(list.body).toMatchObject({ results: [{ client_id: 'zot' }] });
  expect(JSON.stringify(list.body)).not.toContain('client_secret');
});

describe('a change of a policy binding', () => {
  const change = async (values: Readonly<Record<string, unknown>>) => {
    const [binding] = lab.rows.bindings;
    const body = JSON.stringify(values);
    return lab.ask('PATCH', `/api/v3/policies/bindings/${binding?.pk}/`, { token: ADMIN_TOKEN, body });
  };

  test('needs its target and what it binds, although neither changes', async () => {
    lab.group('admins');
    await lab.pod({ 'c.yaml': clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: SECRET });
    const [row] = lab.rows.bindings;
    expect(await change({ timeout: 7 })).toMatchObject({ status: 405, body: '' });
    expect(lab.rows.events).toMatchObject([{ action: 'system_exception' }]);
    expect(await change({ target: row?.target, timeout: 7 })).toMatchObject({
      status: 400,
      body: { non_field_errors: ["One of 'group', 'policy', 'user' must be set."] },
    });
    expect((await change({ target: row?.target, group: row?.group, timeout: 7, failure_result: true })).status).toBe(
      200,
    );
    expect(lab.rows.bindings).toMatchObject([{ timeout: 7, failure_result: true, order: 0 }]);
  });
});

describe('a fault on a request', () => {
  const create = async (): Promise<number | string> => {
    const body = JSON.stringify({ name: 'more', path: 'a.yaml' });
    const init = { token: ADMIN_TOKEN, body, signal: AbortSignal.timeout(300) };
    try {
      return (await lab.ask('POST', '/api/v3/managed/blueprints/', init)).status;
    } catch (error) {
      return (error as Error).name;
    }
  };

  test.each([
    ['error', { kind: 'error', status: 503 }, 503, false],
    ['conflict', { kind: 'conflict' }, 409, false],
    ['delay', { kind: 'delay', ms: 20 }, 201, true],
    ['loseAnswer', { kind: 'loseAnswer' }, 'TypeError', true],
    ['hang', { kind: 'hang' }, 'TimeoutError', false],
  ] as const)('%s strikes the request it names, once', async (_name, effect, answer, done) => {
    await lab.pod({ 'a.yaml': groupText('one') });
    lab.faults.add({ system: 'authentik', method: 'POST', path: '/managed/blueprints/$', times: 1, effect });
    expect(await create()).toBe(answer);
    expect(lab.rows.instances.some((row) => row.name === 'more')).toBe(done);
    expect(await create()).toBe(done ? 400 : 201);
  });
});
