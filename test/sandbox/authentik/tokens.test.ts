import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientText, groupText } from './texts.ts';
import { Lab, LIMITED_TOKEN, SECRET, type Answer } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.start();
  lab.group('admins');
  await lab.pod({ 'a.yaml': groupText('one'), 'b.yaml': groupText('two') });
});
afterEach(() => lab.close());

function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return lab.ask(method, `/api/v3/${path}`, { token: LIMITED_TOKEN, ...init });
}

describe('a permission on one blueprint instance', () => {
  beforeEach(() => {
    lab.grant.objects.set(lab.instance('a.yaml').pk, new Set(['view_blueprintinstance', 'add_blueprintinstance']));
  });

  test('allows to apply that one, and no other', async () => {
    expect((await ask('POST', `managed/blueprints/${lab.instance('a.yaml').pk}/apply/`)).status).toBe(200);
    expect((await ask('POST', `managed/blueprints/${lab.instance('b.yaml').pk}/apply/`)).status).toBe(403);
  });

  test('shows that one, and no other', async () => {
    const list = await ask('GET', 'managed/blueprints/');
    expect(list.body).toMatchObject({ results: [{ path: 'a.yaml' }] });
    expect((await ask('GET', `managed/blueprints/${lab.instance('b.yaml').pk}/`)).status).toBe(404);
  });

  test('does not allow to create an instance', async () => {
    expect((await ask('POST', 'managed/blueprints/', { name: 'x', path: 'a.yaml' })).status).toBe(403);
  });

  test('goes with the row: another row of that path does not have it', async () => {
    lab.rows.instances = lab.rows.instances.filter((row) => row.path !== 'a.yaml');
    lab.standIn.pool.hourly();
    await lab.settled();
    expect((await ask('POST', `managed/blueprints/${lab.instance('a.yaml').pk}/apply/`)).status).toBe(403);
  });

  test('to view alone does not allow to apply', async () => {
    lab.grant.objects.set(lab.instance('a.yaml').pk, new Set(['view_blueprintinstance']));
    expect((await ask('POST', `managed/blueprints/${lab.instance('a.yaml').pk}/apply/`)).status).toBe(403);
  });
});

describe('without any permission', () => {
  test('what exists and what does not are both answered 403', async () => {
    await lab.pod({ 'c.yaml': clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: SECRET });
    const paths = [
      'core/applications/zot/',
      'core/applications/nosuch/',
      'providers/oauth2/999999/',
      'managed/blueprints/nosuch/',
      'core/groups/nosuch/',
      'core/users/999999/',
      'policies/bindings/nosuch/',
      'flows/instances/',
      'crypto/certificatekeypairs/',
      'propertymappings/provider/scope/',
    ];
    for (const path of paths) expect([path, (await ask('GET', path)).status]).toEqual([path, 403]);
  });

  test('the list of applications shows what its user may open', async () => {
    await lab.pod({ 'c.yaml': clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: SECRET });
    expect((await ask('GET', 'core/applications/')).body).toMatchObject({ pagination: { count: 1 }, results: [] });
    lab.rows.bindings = [];
    expect((await ask('GET', 'core/applications/')).body, 'open to everyone').toMatchObject({
      results: [{ slug: 'zot' }],
    });
  });
});

test('a view permission without the one to delete answers 403 to a deletion', async () => {
  lab.grant.permissions = new Set(['view_group']);
  const [group] = lab.rows.groups;
  expect((await ask('DELETE', `core/groups/${group?.pk}/`)).status).toBe(403);
  expect(lab.rows.groups).toContain(group);
});
