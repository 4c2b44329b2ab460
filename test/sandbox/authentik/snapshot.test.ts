import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientText } from './texts.ts';
import { ADMIN_TOKEN, Lab, SECRET, type Pod } from './lab.ts';

const PATH = 'custom/zot.yaml';

let lab: Lab;
let pod: Pod;
beforeEach(async () => {
  lab = await Lab.start();
  lab.group('admins');
  pod = await lab.pod({}, { OIDC_DEMO_SECRET: SECRET });
});
afterEach(() => lab.close());

async function register(): Promise<void> {
  pod.write(PATH, clientText({ slug: 'zot', people: true }));
  await lab.settled();
}

async function remove(): Promise<void> {
  pod.remove(PATH);
  await lab.settled();
  const { applications, providers, groups, users, instances } = lab.rows;
  const paths = [
    `managed/blueprints/${instances[0]?.pk}`,
    `core/applications/${applications[0]?.slug}`,
    `providers/oauth2/${providers[0]?.pk}`,
    `core/groups/${groups.find((row) => row.name === 'zot-ci')?.pk}`,
    `core/users/${users.find((row) => row.username === 'svc-zot')?.pk}`,
  ];
  for (const path of paths)
    expect((await lab.ask('DELETE', `/api/v3/${path}/`, { token: ADMIN_TOKEN })).status).toBe(204);
}

test('a snapshot is the same after a client was made and taken back', async () => {
  const before = lab.standIn.snapshot();
  await register();
  expect(lab.standIn.snapshot()).not.toEqual(before);
  await remove();
  expect(lab.standIn.snapshot()).toEqual(before);
});

test('two registrations of the same client look the same, whatever their keys', async () => {
  await register();
  const first = lab.standIn.snapshot();
  await remove();
  await register();
  expect(lab.standIn.snapshot()).toEqual(first);
});

test('a snapshot tells one secret from another, and shows neither', async () => {
  await register();
  const first = JSON.stringify(lab.standIn.snapshot());
  const [provider] = lab.rows.providers;
  if (provider !== undefined) provider.client_secret = 'another secret';
  const second = JSON.stringify(lab.standIn.snapshot());
  expect(second).not.toBe(first);
  expect(first + second).not.toContain(SECRET);
  expect(first + second).not.toContain('another secret');
});

test('what an administrator changes in the database shows at once, by API and in a snapshot', async () => {
  await register();
  const before = lab.standIn.snapshot();
  lab.rows.bindings = [];
  const application = lab.rows.applications[0]?.pk;
  const bindings = await lab.ask('GET', `/api/v3/policies/bindings/?target=${application}`, { token: ADMIN_TOKEN });
  expect(bindings.body).toMatchObject({ results: [] });
  expect(lab.standIn.snapshot()).not.toEqual(before);
});
