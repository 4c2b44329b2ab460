import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { readTree, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { caseInstallation, seedRegistration } from '../fixtures/zot.ts';
import { TestBed } from './testBed.ts';

/** Somebody's real repository, read from where it lies: nothing of it is copied into the project. */
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
const before = path.join(shared, 'cases/zot/before');
const here = existsSync(before);
if (!here) process.stderr.write('the real case is left out: shared/cases is not beside this checkout\n');

describe.skipIf(!here)('the real case', () => {
  let bed: TestBed;
  let registration: RegistrationInput;
  beforeAll(async () => {
    registration = await asTheSeedSays();
    bed = await TestBed.start({ layout: await caseLayout() });
    // External Secrets has written `1h` back as `1h0m0s` when it first met the object; the next sync says `1h` for good.
    await bed.world.fullSync();
    await bed.world.settled();
  });
  afterEach(async () => bed.world.repository.setFaults({}));
  afterAll(async () => bed.stop());

  it('is as it was, byte for byte, after a run that failed at its last step', async () => {
    const state = await bed.world.snapshot();
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'zot', mayApply: true });

    const failure = await bed.fail('zot', registration);

    expect(failure.undone).not.toEqual([]);

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(state);
  });

  it('gets added lines only: those that the seed asks for, and the record', async () => {
    const base = await bed.world.repository.head();

    const result = await bed.register('zot', registration);

    expect(result.checks.every((check) => check.ok)).toBe(true);
    const head = await bed.world.repository.head();
    const stat = await bed.world.repository.numstat(base, head);
    expect(Object.fromEntries(stat.map(({ file, removed }) => [file, removed]))).toEqual({
      'ansible/playbooks/indri.yml': 0,
      'ansible/roles/zot/tasks/main.yml': 0,
      'ansible/roles/zot/templates/oidc-credentials.json.j2': 0,
      'argocd/manifests/authentik/configmap-blueprint.yaml': 0,
      'argocd/manifests/authentik/deployment-worker.yaml': 0,
      'argocd/manifests/authentik/external-secret.yaml': 0,
      // What was delivered and adopted, for the years in which Temporal has forgotten it.
      'oidc-clients/zot.oidc-record': 0,
    });
    const added = (await bed.world.repository.diff(base, head))
      .split('\n')
      .filter((line) => line.startsWith('+'))
      .join('\n');
    expect(added).toContain('client_secret: !Env AUTHENTIK_ZOT_CLIENT_SECRET');
    expect(added).toContain('- name: AUTHENTIK_ZOT_CLIENT_SECRET');
    expect(added).toContain(
      `op://${caseInstallation.vault.vaultId}/${caseInstallation.vault.itemId}/zot-client-secret`,
    );
    expect(added).toContain('"clientid": "zot"');
    const { rows } = bed.world.authentik.database;
    expect(rows.providers.find((row) => row.client_id === 'zot')?.redirect_uris.map((uri) => uri.url)).toEqual(
      registration.spec.redirectUris,
    );
    const application = rows.applications.find((row) => row.slug === 'zot');
    const provider = rows.providers.find((row) => row.pk === application?.provider);
    expect([application?.name, provider?.name]).toEqual(['Zot Registry', 'Zot']);
    const group = rows.groups.find((row) => row.name === 'artifact-workloads');
    expect(rows.users.filter((row) => row.groups.includes(group?.pk ?? '')).map((row) => row.type)).toEqual([
      'service_account',
    ]);
  });
});

/** The redirect URI of the user's own document, in the registration of the fixture. */
async function asTheSeedSays(): Promise<RegistrationInput> {
  const seed = await readFile(path.join(shared, 'seed.md'), 'utf8');
  const uri = /redirect URI `([^`]+)`/.exec(seed)?.[1] ?? '';
  return {
    ...seedRegistration,
    spec: { ...seedRegistration.spec, redirectUris: [uri], launchUrl: new URL(uri).origin },
  };
}

/** The files as they are, and an empty Service for each file that its kustomization names and the case leaves out. */
async function caseLayout(): Promise<Layout> {
  const files = await readTree(before);
  const folder = 'argocd/manifests/authentik';
  const { resources } = parse(files[`${folder}/kustomization.yaml`] ?? '') as { resources: string[] };
  const missing = resources.map((file) => `${folder}/${file}`).filter((file) => files[file] === undefined);
  const stubs = missing.map((file) => [
    file,
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${path.basename(file, '.yaml')}\n`,
  ]);
  const application = parse(files['argocd/apps/authentik.yaml'] ?? '') as { spec: { source: { repoURL: string } } };
  const secret = parse(files[`${folder}/external-secret.yaml`] ?? '') as {
    spec: { data: { remoteRef: { property: string } }[] };
  };
  return {
    files: { ...files, ...Object.fromEntries(stubs) },
    installation: {
      ...caseInstallation,
      gitops: { ...caseInstallation.gitops, aliases: [application.spec.source.repoURL] },
    },
    applicationFile: 'argocd/apps/authentik.yaml',
    storeFile: 'argocd/manifests/external-secrets/cluster-secret-store.yaml',
    vaultName: 'blumeops',
    vaultFields: secret.spec.data.map((entry) => entry.remoteRef.property),
  };
}
