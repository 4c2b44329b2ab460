import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { clientText, groupText } from '../sandbox/authentik/texts.ts';
import { Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator, asJob } from './authentik/adapter.ts';

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start();
  authentik = await asAdministrator(lab);
});
afterEach(() => lab.close());

describe('creating an instance', () => {
  test('makes a row that is not applied', async () => {
    lab.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'noDiscovery' } });
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const made = await authentik.createInstance('a', 'custom/a.yaml');
    expect(made).toMatchObject({
      name: 'a',
      path: 'custom/a.yaml',
      enabled: true,
      status: 'unknown',
      lastAppliedHash: '',
    });
    await lab.settled();
    expect(lab.rows.groups.some((row) => row.name === 'a')).toBe(false);
  });

  test.each([
    ['of a name that is taken', 'a', 'custom/a.yaml', /already exists/],
    ['of a file that no worker has', 'b', 'custom/b.yaml', /does not exist/],
  ])('%s is bad input', async (_what, name, path, words) => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const refused = authentik.createInstance(name, path);
    await expect(refused).rejects.toMatchObject({ system: 'Authentik', kind: 'BadInput', status: 400 });
    await expect(refused).rejects.toThrow(words);
  });
});

describe('an apply', () => {
  test('is queued, and done later', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const { pk, last_applied } = lab.instance('custom/a.yaml');
    const before = await authentik.applyTasks(pk);
    lab.faults.add(parseFault('authentik:workerStarts=3600000'));
    await authentik.apply(pk);
    expect((await authentik.applyTasks(pk))[0]?.state).not.toBe('done');
    lab.faults.clear();
    await lab.settled();
    const after = await authentik.applyTasks(pk);
    expect(after).toHaveLength(before.length + 1);
    expect(after[0]).toMatchObject({ state: 'done', warnings: [] });
    const [now] = await authentik.instancesByPath('custom/a.yaml');
    expect((now?.lastApplied ?? '') > last_applied).toBe(true);
  });

  test('that failed is done too; its warnings are sentences without values', async () => {
    await lab.pod({ 'custom/demo.yaml': clientText({ slug: 'demo', flow: 'nosuch' }) }, { OIDC_DEMO_SECRET: SECRET });
    const [instance] = await authentik.instancesByPath('custom/demo.yaml');
    expect(instance?.status).toBe('error');
    const [task] = await authentik.applyTasks(instance?.pk ?? '');
    expect(task).toMatchObject({
      state: 'done',
      warnings: [
        "Entry invalid: Serializer errors {'authorization_flow': [ErrorDetail(string='This field may not be null.', code='null')]}",
        'Blueprint validation failed',
      ],
    });
    expect(JSON.stringify(lab.standIn.pool.tasks), 'the log holds it in clear').toContain(SECRET);
    expect(JSON.stringify(task)).not.toContain(SECRET);
  });

  test('that waits to be tried again keeps its words', async () => {
    const pod = await lab.pod({ 'custom/a.yaml': groupText('a') });
    pod.write('custom/a.yaml', 'entries: [unclosed\n');
    await lab.settled();
    const [task] = await authentik.applyTasks(lab.instance('custom/a.yaml').pk);
    expect(task?.state).toBe('queued');
    expect(task?.warnings).toHaveLength(1);
  });

  test('of an instance that is gone is not found', async () => {
    const gone = authentik.apply('00000000-0000-0000-0000-000000000000');
    await expect(gone).rejects.toMatchObject({ kind: 'NotFound', status: 404 });
  });

  test('that the token may not ask for names the permission', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const job = await asJob(lab);
    lab.grant.permissions = new Set(['view_blueprintinstance']);
    await expect(job.apply(lab.instance('custom/a.yaml').pk)).rejects.toMatchObject({
      kind: 'Unauthorized',
      status: 403,
      remedy: expect.stringContaining('add_blueprintinstance'),
    });
  });
});

describe('enabling an instance', () => {
  test('that was disabled changes nothing else of it', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const row = lab.instance('custom/a.yaml');
    row.enabled = false;
    const before = { ...row };
    await authentik.enableInstance(row.pk, row.path);
    expect(lab.instance('custom/a.yaml')).toEqual({ ...before, enabled: true });
  });

  test('that the token may not change names the permission', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    const job = await asJob(lab);
    lab.grant.permissions = new Set(['view_blueprintinstance', 'add_blueprintinstance']);
    await expect(job.enableInstance(lab.instance('custom/a.yaml').pk, 'custom/a.yaml')).rejects.toMatchObject({
      kind: 'Unauthorized',
      status: 403,
      remedy: expect.stringContaining('change_blueprintinstance'),
    });
  });
});

describe('discovery', () => {
  test('that ends well has no warnings', async () => {
    expect(await authentik.discoveryWarnings()).toEqual([]);
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    expect(await authentik.discoveryWarnings()).toEqual([]);
  });

  test('that one bad file broke says so, until the file is gone', async () => {
    const pod = await lab.pod({ 'custom/list.yaml': '- 1\n' });
    expect(await authentik.discoveryWarnings()).toEqual(["'list' object has no attribute 'get'"]);
    pod.remove('custom/list.yaml');
    await lab.settled();
    expect(await authentik.discoveryWarnings()).toEqual([]);
  });
});
