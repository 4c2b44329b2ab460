import { newApplication } from '../../../sandbox/authentik/newRows.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha512 } from '../../../sandbox/authentik/hash.ts';
import { clientText, groupText } from './texts.ts';
import { ADMIN_TOKEN, Lab, SECRET } from './lab.ts';

const PATH = 'custom/zot.yaml';
const ENV = { OIDC_DEMO_SECRET: SECRET };

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.start();
  lab.group('admins');
});
afterEach(() => lab.close());

function zot(): (typeof lab.rows.providers)[number] | undefined {
  return lab.rows.providers.find((row) => row.name === 'zot');
}

describe("a pod's environment", () => {
  test('is frozen when it starts: a new value takes a new pod, then an apply', async () => {
    await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, ENV);
    expect(zot()?.client_secret).toBe(SECRET);
    const [old] = lab.rows.instances;
    const next = await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: 'another secret' });
    expect(zot()?.client_secret, 'a start applies nothing when the text is unchanged').toBe(SECRET);
    lab.standIn.workerStopped(lab.pods.find((pod) => pod !== next)?.name ?? '');
    await lab.apply(PATH);
    expect(zot()?.client_secret).toBe('another secret');
    expect(lab.instance(PATH).last_applied_hash).toBe(old?.last_applied_hash);
  });

  test('without the variable leaves an error, the old secret and the old hash', async () => {
    const pod = await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, ENV);
    const hash = lab.instance(PATH).last_applied_hash;
    pod.write(PATH, clientText({ slug: 'zot', secret: '!Env NOT_SET', appName: 'Renamed' }));
    await lab.settled();
    expect(lab.instance(PATH)).toMatchObject({ status: 'error', last_applied_hash: hash });
    expect(zot()?.client_secret).toBe(SECRET);
    expect(lab.rows.applications[0]?.name, 'nothing of the file holds').toBe('zot');
  });

  test('with an empty value is as without it; a default is installed in silence', async () => {
    const pod = await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: '' });
    expect(lab.instance(PATH).status).toBe('error');
    pod.write(PATH, clientText({ slug: 'zot', secret: '!Env [OIDC_DEMO_SECRET, changeme]' }));
    await lab.settled();
    expect(zot()?.client_secret).toBe('changeme');
  });
});

describe('an apply', () => {
  test('that is asked for while no worker runs waits for one', async () => {
    const pod = await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, ENV);
    lab.standIn.workerStopped(pod.name);
    lab.rows.providers = [];
    await lab.apply(PATH);
    expect(zot()).toBeUndefined();
    await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, ENV);
    expect(zot()).toBeDefined();
  });

  test('makes all of a file or nothing', async () => {
    await lab.pod({ [PATH]: clientText({ slug: 'zot', people: true, group: 'nobody' }) }, ENV);
    expect(lab.instance(PATH).status).toBe('error');
    expect([lab.rows.providers, lab.rows.applications, lab.rows.bindings]).toEqual([[], [], []]);
    expect(lab.rows.groups.map((row) => row.name)).toEqual(['authentik Admins', 'admins']);
  });

  test('takes over an application whose slug exists, and is successful', async () => {
    const theirs = newApplication({ name: 'Theirs', slug: 'zot', provider: 77 });
    lab.rows.applications.push({ ...theirs });
    await lab.pod({ [PATH]: clientText({ slug: 'zot', appName: 'Ours' }) }, ENV);
    expect(lab.instance(PATH).status).toBe('successful');
    expect(lab.rows.applications).toEqual([{ ...theirs, name: 'Ours', provider: zot()?.pk }]);
  });

  test('ignores an attribute that nobody knows, and is successful', async () => {
    const text = clientText({ slug: 'zot' }).replace('client_type:', 'client_kind:');
    await lab.pod({ [PATH]: text }, ENV);
    expect(lab.instance(PATH).status).toBe('successful');
    expect(zot()).not.toHaveProperty('client_kind');
  });

  test('makes a missing signing key null, and is successful', async () => {
    await lab.pod({ [PATH]: clientText({ slug: 'zot', signingKey: 'nosuch' }) }, ENV);
    expect(lab.instance(PATH).status).toBe('successful');
    expect(zot()?.signing_key).toBeNull();
  });

  test('without grant_types makes a provider that rejects every login since 2026.5', async () => {
    await lab.pod({ [PATH]: clientText({ slug: 'zot', grantTypes: '' }) }, ENV);
    expect(lab.instance(PATH).status).toBe('successful');
    expect(zot()?.grant_types).toEqual([]);
  });

  test('replaces a binding that target and order identify, and adds one that the group identifies', async () => {
    lab.group('others');
    const pod = await lab.pod({ [PATH]: clientText({ slug: 'zot' }) }, ENV);
    pod.write(PATH, clientText({ slug: 'zot', group: 'others' }));
    await lab.settled();
    expect(lab.rows.bindings).toHaveLength(2);
    const byOrder = clientText({ slug: 'zot', group: 'others' })
      .replace(/^ +group: .*\n/m, '')
      .replace('      enabled: true', '      enabled: true\n      group: !Find [authentik_core.group, [name, others]]');
    lab.rows.bindings = lab.rows.bindings.slice(0, 1);
    pod.write(PATH, byOrder);
    await lab.settled();
    expect(lab.rows.bindings).toMatchObject([{ group: lab.rows.groups.find((row) => row.name === 'others')?.pk }]);
  });

  test('swallows what it cannot delete', async () => {
    const text = clientText({ slug: 'zot', state: 'absent', secret: '!KeyOf nosuch' });
    const entries = text.slice(0, text.indexOf('  - model: authentik_core.application'));
    await lab.pod({ [PATH]: entries });
    expect(lab.instance(PATH).status).toBe('successful');
  });

  test('of a disabled instance is answered with 200 and does nothing but move last_applied', async () => {
    await lab.pod({ [PATH]: groupText('zot') });
    const instance = lab.instance(PATH);
    instance.enabled = false;
    const before = { ...instance };
    lab.rows.groups = [];
    const { pk } = instance;
    const answer = await lab.ask('POST', `/api/v3/managed/blueprints/${pk}/apply/`, { token: ADMIN_TOKEN });
    await lab.settled();
    expect(answer.status).toBe(200);
    expect(lab.instance(PATH)).toEqual({ ...before, last_applied: lab.instance(PATH).last_applied });
    expect(lab.instance(PATH).last_applied > before.last_applied).toBe(true);
    expect(lab.rows.groups).toEqual([]);
  });
});

describe('discovery', () => {
  test('gives a new file an instance and applies it', async () => {
    const pod = await lab.pod({});
    pod.write(PATH, groupText('zot'));
    await lab.settled();
    expect(lab.instance(PATH)).toMatchObject({ status: 'successful', last_applied_hash: sha512(groupText('zot')) });
  });

  test('gives a second file of one name no instance, nor the files after it', async () => {
    await lab.pod({ 'a.yaml': groupText('one'), 'b.yaml': groupText('one'), 'c.yaml': groupText('three') });
    expect(lab.rows.instances.map((row) => row.path)).toEqual(['a.yaml']);
  });

  test.each([
    ['is a list', '- version: 1\n'],
    ['has metadata without a name', 'version: 1\nmetadata:\n  labels: {}\nentries: []\n'],
  ])('takes up no new file at all while one %s', async (_what, bad) => {
    const pod = await lab.pod({ 'a.yaml': groupText('one'), 'b.yaml': bad });
    expect(lab.rows.instances).toEqual([]);
    pod.remove('b.yaml');
    await lab.settled();
    expect(lab.rows.instances.map((row) => row.path)).toEqual(['a.yaml']);
  });

  test('passes over what is no YAML, what ends in .yml, and what is labelled so', async () => {
    const label = ['  labels:', '    blueprints.goauthentik.io/instantiate: "false"'];
    await lab.pod({
      'a.yaml': 'entries: [unclosed',
      'b.yml': groupText('two'),
      'c.yaml': groupText('three', label),
      'd.yaml': groupText('four'),
    });
    expect(lab.rows.instances.map((row) => row.path)).toEqual(['d.yaml']);
  });

  test('at the start of a worker applies nothing anew, but an error again', async () => {
    const pod = await lab.pod({ [PATH]: clientText({ slug: 'zot' }), 'a.yaml': groupText('one') });
    expect(lab.instance(PATH).status).toBe('error');
    const untouched = { ...lab.instance('a.yaml') };
    lab.standIn.workerStopped(pod.name);
    await lab.pod({ [PATH]: clientText({ slug: 'zot' }), 'a.yaml': groupText('one') }, ENV);
    expect(lab.instance(PATH).status).toBe('successful');
    expect(lab.instance('a.yaml')).toEqual(untouched);
  });
});

describe('a file that is removed', () => {
  test('leaves its row until the hourly clean-up, and its objects for ever', async () => {
    const pod = await lab.pod({ [PATH]: groupText('zot') });
    pod.remove(PATH);
    await lab.settled();
    expect(lab.instance(PATH).status).toBe('successful');
    await lab.apply(PATH);
    expect(lab.instance(PATH).status).toBe('error');
    lab.standIn.pool.hourly();
    expect(lab.rows.instances).toEqual([]);
    expect(lab.rows.groups.some((row) => row.name === 'zot')).toBe(true);
  });

  test('loses its row when a worker starts', async () => {
    const pod = await lab.pod({ [PATH]: groupText('zot') });
    pod.remove(PATH);
    await lab.settled();
    await lab.pod({});
    expect(lab.rows.instances).toEqual([]);
  });
});

describe('the list of files', () => {
  test('is answered by any worker: with a lagging mount, now so, now so', async () => {
    await lab.pod({ [PATH]: groupText('zot') });
    await lab.pod({});
    const answers = [];
    for (let i = 0; i < 4; i += 1)
      answers.push((await lab.ask('GET', '/api/v3/managed/blueprints/available/', { token: ADMIN_TOKEN })).body);
    expect(answers.filter((files) => (files as unknown[]).length === 1)).toHaveLength(2);
  });

  test('waits for a worker where none runs', async () => {
    const asked = lab.ask('GET', '/api/v3/managed/blueprints/available/', { token: ADMIN_TOKEN });
    await lab.pod({ [PATH]: groupText('zot') });
    expect((await asked).body).toMatchObject([{ path: PATH, meta: { name: 'zot' } }]);
  });

  test('breaks where discovery breaks', async () => {
    await lab.pod({ 'list.yaml': '- 1\n' });
    expect((await lab.ask('GET', '/api/v3/managed/blueprints/available/', { token: ADMIN_TOKEN })).status).toBe(500);
  });
});
