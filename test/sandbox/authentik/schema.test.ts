import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { newBinding } from '../../../sandbox/authentik/newRows.ts';
import { application, DEMO, demo, group, provider, user } from './cases/case.ts';
import { ADMIN_TOKEN, Lab } from './lab.ts';
import { answerOf, SCHEMA, violations } from './schema.ts';

const INTEGRATION = path.join(import.meta.dirname, '../../../integrations/authentik');

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

type Ask = (lab: Lab) => Asked;

const get = (at: (lab: Lab) => string): Ask => {
  return (lab) => ({ method: 'GET', path: at(lab) });
};
const send = (method: string, at: (lab: Lab) => string, body?: (lab: Lab) => unknown): Ask => {
  return (lab) => ({ method, path: at(lab), ...(body === undefined ? {} : { body: body(lab) }) });
};

const pkOf = {
  provider: (lab: Lab) => provider(lab, 'demo').pk,
  group: (lab: Lab) => group(lab, 'demo-ci').pk,
  user: (lab: Lab) => user(lab, 'svc-demo').pk,
  binding: (lab: Lab) => lab.rows.bindings[0]?.pk ?? '',
  instance: (lab: Lab) => lab.instance(DEMO).pk,
};

/** One request for each operation that the job asks of Authentik, by the name of the schema. */
const ASKED: Readonly<Record<string, Ask>> = {
  admin_version_retrieve: get(() => 'admin/version/'),
  core_applications_destroy: send('DELETE', () => 'core/applications/demo/'),
  core_applications_partial_update: send(
    'PATCH',
    () => 'core/applications/demo/',
    () => ({ meta_hide: true }),
  ),
  core_applications_retrieve: get(() => 'core/applications/demo/'),
  core_applications_used_by_list: get(() => 'core/applications/demo/used_by/'),
  core_groups_destroy: send('DELETE', (lab) => `core/groups/${pkOf.group(lab)}/`),
  core_groups_list: get(() => 'core/groups/?include_users=true'),
  core_groups_retrieve: get((lab) => `core/groups/${pkOf.group(lab)}/`),
  core_groups_used_by_list: get((lab) => `core/groups/${pkOf.group(lab)}/used_by/`),
  core_users_destroy: send('DELETE', (lab) => `core/users/${pkOf.user(lab)}/`),
  core_users_list: get(() => 'core/users/'),
  core_users_me_retrieve: get(() => 'core/users/me/'),
  core_users_partial_update: send(
    'PATCH',
    (lab) => `core/users/${pkOf.user(lab)}/`,
    () => ({ name: 'Other' }),
  ),
  core_users_used_by_list: get((lab) => `core/users/${pkOf.user(lab)}/used_by/`),
  crypto_certificatekeypairs_list: get(() => 'crypto/certificatekeypairs/'),
  flows_instances_list: get(() => 'flows/instances/'),
  managed_blueprints_apply_create: send('POST', (lab) => `managed/blueprints/${pkOf.instance(lab)}/apply/`),
  managed_blueprints_available_list: get(() => 'managed/blueprints/available/'),
  managed_blueprints_create: send(
    'POST',
    () => 'managed/blueprints/',
    () => ({ name: 'more', path: DEMO }),
  ),
  managed_blueprints_destroy: send('DELETE', (lab) => `managed/blueprints/${pkOf.instance(lab)}/`),
  managed_blueprints_list: get(() => 'managed/blueprints/'),
  managed_blueprints_partial_update: send(
    'PATCH',
    (lab) => `managed/blueprints/${pkOf.instance(lab)}/`,
    () => ({ path: DEMO, enabled: true }),
  ),
  managed_blueprints_used_by_list: get((lab) => `managed/blueprints/${pkOf.instance(lab)}/used_by/`),
  policies_all_list: get(() => 'policies/all/?search=only'),
  policies_bindings_destroy: send('DELETE', (lab) => `policies/bindings/${pkOf.binding(lab)}/`),
  policies_bindings_list: get(() => 'policies/bindings/'),
  policies_bindings_partial_update: send(
    'PATCH',
    (lab) => `policies/bindings/${pkOf.binding(lab)}/`,
    (lab) => ({ target: application(lab, 'demo').pk, group: group(lab, 'demo-ci').pk }),
  ),
  propertymappings_provider_scope_list: get(() => 'propertymappings/provider/scope/'),
  providers_oauth2_destroy: send('DELETE', (lab) => `providers/oauth2/${pkOf.provider(lab)}/`),
  providers_oauth2_list: get(() => 'providers/oauth2/'),
  providers_oauth2_partial_update: send(
    'PATCH',
    (lab) => `providers/oauth2/${pkOf.provider(lab)}/`,
    () => ({ issuer_mode: 'global' }),
  ),
  providers_oauth2_retrieve: get((lab) => `providers/oauth2/${pkOf.provider(lab)}/`),
  providers_oauth2_used_by_list: get((lab) => `providers/oauth2/${pkOf.provider(lab)}/used_by/`),
  rbac_permissions_assigned_by_roles_list: get(
    () => 'rbac/permissions/assigned_by_roles/?model=authentik_blueprints.blueprintinstance',
  ),
  rbac_permissions_list: get(() => 'rbac/permissions/'),
  schema_retrieve: get(() => 'schema/?format=json'),
  tasks_tasks_list: get(() => 'tasks/tasks/'),
};

/** Where a real Authentik (2026.5, recorded) answers otherwise than its own schema says: the stand-in answers as recorded. */
const OTHERWISE = new Set([
  'managed_blueprints_available_list[].version is not known',
  'managed_blueprints_available_list[].last_m is number, not string',
]);

let lab: Lab;
afterEach(() => lab?.close());

/** A client with everything: people, a policy, bindings to a user and to that policy. */
async function registered(): Promise<void> {
  lab = await Lab.start('2026.8.3');
  lab.grant.permissions = new Set(['view_group']);
  lab.grant.objects = new Map([['some', new Set(['view_blueprintinstance'])]]);
  await demo(lab);
  const policy = { pk: crypto.randomUUID(), model: 'authentik_policies_expression.expressionpolicy' };
  lab.rows.fixtures.push({ ...policy, fields: { name: 'only-mondays', expression: 'return True' } });
  const target = application(lab, 'demo').pk;
  lab.rows.bindings.push(
    newBinding({ target, order: 1, user: 5, expiring: true, expires: '2999-01-01T00:00:00.000001Z' }),
  );
}

describe(`the stand-in as 2026.8, held against the schema of ${SCHEMA.info.version}`, () => {
  test('asks of every operation that the job uses', () => {
    const names = readdirSync(INTEGRATION).flatMap((file) =>
      [...readFileSync(path.join(INTEGRATION, file), 'utf8').matchAll(/\.(\w+)Raw\(/g)].map(([, name = '']) =>
        snake(name),
      ),
    );
    expect(names.length).toBeGreaterThan(30);
    const listed = new Set(Object.keys(ASKED).map((name) => name.replaceAll('_', '')));
    expect(names.filter((name) => !listed.has(name.replaceAll('_', '')))).toEqual([]);
  });

  test.each(Object.entries(ASKED))('%s', async (operation, ask) => {
    await registered();
    const { method, path: at, body } = ask(lab);
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await lab.ask(method, `/api/v3/${at}`, { token: ADMIN_TOKEN, ...json });
    expect(Math.floor(answer.status / 100), JSON.stringify(answer.body)).toBe(2);
    const schema = answerOf(operation);
    const found = schema === undefined ? [] : violations(answer.body, schema, operation);
    expect(found.filter((each) => !OTHERWISE.has(each))).toEqual([]);
  });
});

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
