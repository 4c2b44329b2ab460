import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { CheckResult } from '../../core/check/finding.ts';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { VAULTS } from '../../core/vault/vaults.ts';
import { PROVIDERS } from '../../sandbox/externalSecrets/providers.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { ADAPTERS } from '../../worker/openVault.ts';
import { pathProvider } from '../anotherVault/provider.ts';
import { PathStore } from '../anotherVault/store.ts';
import { PathVault } from '../anotherVault/vault.ts';
import { pathVault } from '../anotherVault/words.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState, failDeregistration, strikeStep } from '../e2e/deregistering.ts';
import { holdStep, watching } from '../e2e/holds.ts';
import { failPlace, rotatable } from '../e2e/rotationFaults.ts';
import { assertNoSecrets, historyTexts } from '../e2e/secrets.ts';
import { TestBed } from '../e2e/testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// A second vault, of another shape: secrets by path instead of fields of an item. What follows is all that it takes
// outside its folder: a line a layer, and its part of the schema.
const store = new PathStore();
vi.mock('../../core/vault/settings.ts', async (original) => {
  const [{ vaultSettings }, { pathSettings }] = await Promise.all([
    original<typeof import('../../core/vault/settings.ts')>(),
    import('../anotherVault/settings.ts'),
  ]);
  return { vaultSettings: z.union([pathSettings, vaultSettings]) };
});
Object.assign(VAULTS, { paths: pathVault });
Object.assign(ADAPTERS, { paths: async (settings: Settings) => new PathVault(store, settings) });
Object.assign(PROVIDERS, { paths: pathProvider(store) });

type Settings = Parameters<typeof pathVault>[0];

const SETTINGS: Settings = { kind: 'paths', mount: 'secret', folder: 'oidc' };
const TOKEN = 'token-of-the-path-vault-0123456789';
const EXTERNAL_SECRET = 'identity/authentik/external-secret.yaml';
const PLAYBOOK = 'hosts/attic.yml';

let bed: TestBed;
let before: unknown;
let stored: unknown;
const registered = rotatable('paths');
const client: RegistrationInput = {
  ...registered,
  spec: { ...registered.spec, clientId: { envVar: 'PATHS_CLIENT_ID' } },
};

beforeAll(async () => {
  const layout = await sampleLayout('manual');
  for (const field of layout.vaultFields)
    store.write({ [`oidc/${field}`]: { data: { value: randomBytes(24).toString('hex') }, metadata: { id: field } } });
  bed = await TestBed.start({
    layout: byPaths(layout),
    worker: 'none',
    adjust: (installation) => ({
      ...installation,
      vault: SETTINGS as unknown as InstallationInput['vault'],
      naming: { ...installation.naming, clientIdEnvVar: '{NAME}_CLIENT_ID' },
    }),
    readSecret: async (field) => store.get(`oidc/${field}`)?.data['value'],
  });
  const file = path.join(bed.world.dir, 'path-vault-token');
  await writeFile(file, TOKEN);
  Object.assign(bed.world.workerEnv, { PATH_VAULT_TOKEN_FILE: file });
  await bed.startWorker();
  await bed.world.settled();
  before = await bed.world.snapshot();
  stored = store.snapshot();
});

afterAll(async () => {
  assertNoSecrets([...store.values, TOKEN], await historyTexts(bed.client));
  await bed.stop();
});

/** The sample repository, with the secrets of Authentik in the path vault. */
function byPaths(layout: Layout): Layout {
  const manifest = layout.files[EXTERNAL_SECRET] ?? '';
  const entries = manifest.replaceAll(
    /key: "Authentik \(orchard\)"\n( +)property: (\S+)/g,
    (_, indent: string, field: string) => `key: oidc/${field}\n${indent}property: value`,
  );
  const secretStore = [
    'apiVersion: external-secrets.io/v1',
    'kind: ClusterSecretStore',
    'metadata: {name: vault-orchard}',
    'spec: {provider: {paths: {mount: secret}}}',
  ];
  const files = { [EXTERNAL_SECRET]: entries, [layout.storeFile]: `${secretStore.join('\n')}\n` };
  return { ...layout, files: { ...layout.files, ...files } };
}

async function expectAsBefore(): Promise<void> {
  await bed.expectAsBefore(before);
  expect(store.snapshot()).toEqual(stored);
}

const IN_SERVICE = ['oidc/paths-client-id', 'oidc/paths-client-secret'];
const ours = (): readonly string[] => store.paths.filter((each) => each.startsWith('oidc/paths-'));

it.each(['generateSecret', 'storeSecret', 'verifyRegistration', 'landChange'] as const)(
  'a registration that fails in %s leaves everything as it was',
  async (step) => {
    if (step === 'generateSecret') store.refusal = 'read-only';
    else if (step === 'storeSecret') refuseTheSecondWrite();
    else await failStep(bed.world, step, { land: 'last', slug: 'paths', mayApply: true });

    const failure = await bed.fail('paths', client);

    if (step.endsWith('Secret')) expect(failure.message).toContain('Path vault: read-only');
    expect(failure.kept).toEqual([]);
    await bed.heal();
    await expectAsBefore();
  },
);

/** Making the value is the first write, putting it into service the second. */
function refuseTheSecondWrite(): void {
  const write = store.write.bind(store);
  const spied = vi.spyOn(store, 'write').mockImplementationOnce(write);
  spied.mockImplementationOnce(() => {
    spied.mockRestore();
    throw new Error('read-only');
  });
}

it('one that is cancelled does too', async () => {
  const done = watching(bed.world);
  await holdStep(bed.world, 'pollBlueprintStatus', { land: 'last' });
  const handle = await bed.start('paths', client);
  await bed.untilRunning(handle, 'pollBlueprintStatus');
  await handle.cancel();
  done();
  expect((await bed.failure(handle)).cancelled).toBe(true);
  await bed.heal();
  await expectAsBefore();
});

it('a client is registered: by its path in manifest, playbook and plan, and marked as the job’s', async () => {
  const plan = await bed.client.workflow.execute('planClient', {
    taskQueue: IDS.taskQueue,
    workflowId: 'plan-paths',
    args: [client],
  });
  expect(JSON.stringify(plan)).toContain('put it into field \\"paths-client-secret\\" of path \\"secret/oidc\\"');
  expect(JSON.stringify(plan)).not.toContain('1Password');

  const result = await bed.register('paths', client);

  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  const { repository } = bed.world;
  expect(await repository.read(EXTERNAL_SECRET)).toContain(
    '    - secretKey: paths-client-secret\n      remoteRef:\n        key: oidc/paths-client-secret\n        property: value\n',
  );
  const playbook = await repository.read(PLAYBOOK);
  expect(playbook).toContain('cmd: kv get secret/data/oidc/paths-client-secret#value');
  expect(playbook).not.toMatch(/op:.*paths/);
  expect(ours()).toEqual(IN_SERVICE);
  expect(store.get('oidc/paths-client-id')?.data).toEqual({ value: 'paths' });
  expect(store.get('oidc/paths-client-secret')?.metadata).toMatchObject({ client: 'paths', changeId: result.changeId });
});

it('it is changed, and unchanged after that', async () => {
  const changed: RegistrationInput = { ...client, spec: { ...client.spec, launchUrl: 'https://paths.example/' } };
  const value = store.get('oidc/paths-client-secret');
  expect((await bed.register('paths', changed)).outcome).toBe('registered');
  expect((await bed.register('paths', changed)).outcome).toBe('unchanged');
  expect(store.get('oidc/paths-client-secret')).toEqual(value);
  expect((await bed.register('paths', client)).outcome).toBe('registered');
});

it('it is rotated, and a rotation that fails puts the value back', async () => {
  await bed.world.consumer.byHand('paths');
  const value = store.get('oidc/paths-client-secret')?.data;
  failPlace(bed.world, 'distribute');
  const failure = await bed.failure(await bed.startRotation('paths', client));
  expect(failure.kept).toEqual([]);
  await bed.heal();
  expect(ours()).toEqual(IN_SERVICE);
  expect(store.get('oidc/paths-client-secret')?.data).toEqual(value);

  expect((await bed.rotate('paths', client)).outcome).toBe('rotated');

  expect(ours()).toEqual([...IN_SERVICE, 'oidc/paths-client-secret-rotated']);
  expect(store.get('oidc/paths-client-secret')?.data).not.toEqual(value);
  expect(await bed.world.consumer.works('paths')).toBe(true);
});

it('it is deregistered, or stays, and purged', async () => {
  await bed.world.settled();
  const [registered, secrets] = [await bed.world.snapshot(), store.snapshot()];
  await strikeStep(bed.world, 'verifyRemoval', 'fail');
  expect((await failDeregistration(bed, 'paths', client)).kept).toEqual([]);
  await bed.heal();
  await bed.expectAsBefore(registered);
  expect(store.snapshot()).toEqual(secrets);

  const result = await deregister(bed, 'paths', client);
  expect(result.kept).toEqual([]);
  expect(ours()).toEqual([
    expect.stringMatching(/^oidc\/paths-client-secret\/deregistered\/\d{4}-\d\d-\d\d_[0-9a-f]{8}$/),
  ]);

  const purged = await deregister(bed, 'paths', { registration: client, purge: true });
  expect(purged.removed).toEqual([expect.stringContaining('vault field paths-client-secret (deregistered ')]);
  await expectSameState(bed, before);
  expect(store.snapshot()).toEqual(stored);
});

it('a field of another client is refused in the words of the vault', async () => {
  const wiki = clientNamed('thief');
  const failure = await bed.fail('thief', { ...wiki, spec: { ...wiki.spec, vaultField: 'wiki-client-secret' } });
  expect(failure.message).toContain('Path vault: field "wiki-client-secret" of path "secret/oidc" is not this client');
});

it('a check reads it, and says in its words what is missing', async () => {
  await bed.register('zot');
  const check = async (): Promise<CheckResult> => {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('zot'), args: [{ client: 'zot' }] };
    return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  };
  expect((await check()).findings).toEqual([]);
  store.write({ 'oidc/zot-client-secret': undefined });
  const what = 'path "secret/oidc" has no field "zot-client-secret"';
  expect((await check()).findings).toContainEqual(expect.objectContaining({ system: 'Path vault', what }));
});
