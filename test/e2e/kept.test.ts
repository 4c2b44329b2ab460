import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it("keeps a group that another application has come to use, and the other application's binding with it", async () => {
  await holdStep(bed.world, 'verifyRegistration', { land: 'last' });
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'shared', mayApply: true });
  const handle = await bed.start('shared', clientNamed('shared'));
  await bed.untilRunning(handle, 'verifyRegistration');
  const { rows } = bed.world.authentik.database;
  const group = rows.groups.find((row) => row.name === 'shared-bots');
  rows.applications.push({
    pk: 'other-app',
    name: 'Other',
    slug: 'other',
    provider: null,
    meta_launch_url: '',
    policy_engine_mode: 'any',
  });
  rows.bindings.push({
    pk: randomUUID(),
    target: 'other-app',
    group: group?.pk ?? '',
    user: null,
    order: 0,
    enabled: true,
    negate: false,
    timeout: 30,
  });

  const failure = await bed.failure(handle);

  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.kept.map((entry) => entry.what)).toEqual([
    'Authentik group shared-bots',
    'Authentik service account svc-shared',
  ]);
  expect(failure.kept[0]?.why).toContain('other');
  const now = bed.world.authentik.database.rows;
  expect(now.groups.map((row) => row.name)).toContain('shared-bots');
  expect(now.bindings.filter((row) => row.target === 'other-app').map((row) => row.group)).toEqual([group?.pk]);
  expect(now.applications.map((row) => row.slug)).not.toContain('shared');
});

it('keeps the vault field of an ExternalSecret whose entry could not be taken out, and a later run finishes', async () => {
  const client = clientNamed('stubborn');
  await failStep(bed.world, 'pollBlueprintStatus', { land: 'last', slug: 'stubborn', mayApply: true });
  // Only the sync that takes the entry out is refused: the first one of an ExternalSecret brings it.
  bed.world.faults.add({
    system: 'argocd',
    after: 1,
    effect: { kind: 'behaviour', name: 'syncFails', argument: 'ExternalSecret' },
  });

  const failure = await bed.fail('stubborn', client);

  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.kept.map((entry) => entry.what)).toEqual(
    expect.arrayContaining(["the ExternalSecret's entry stubborn-client-secret", 'vault field stubborn-client-secret']),
  );
  const labels = bed.world.connect.item(bed.world.installation.vault.itemId).fields.map((field) => field.label);
  expect(labels).toContain('stubborn-client-secret');

  bed.world.faults.clear();
  const result = await bed.register('stubborn', client);
  expect(result.outcome).toBe('registered');
  expect(result.warnings.join('\n')).toContain('continues change');
});

it('leaves alone a group of the same name that somebody made before the blueprint was deployed', async () => {
  await holdStep(bed.world, 'generateSecret', { land: 'last' });
  await failStep(bed.world, 'patchExternalSecret', { land: 'last', slug: 'early', mayApply: true });
  const handle = await bed.start('early', clientNamed('early'));
  await bed.untilRunning(handle, 'generateSecret');
  bed.world.authentik.database.rows.groups.push({ pk: randomUUID(), name: 'early-bots', is_superuser: false });

  const failure = await bed.failure(handle);

  expect(failure.kept).toEqual([]);
  expect(bed.world.authentik.database.rows.groups.map((row) => row.name)).toContain('early-bots');
});
