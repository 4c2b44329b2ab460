import { newApplication, newBinding } from '../../sandbox/authentik/newRows.ts';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Rows } from '../../sandbox/authentik/state.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep, watching } from './holds.ts';
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
  rows.applications.push(newApplication({ pk: 'other-app', name: 'Other', slug: 'other' }));
  rows.bindings.push(newBinding({ target: 'other-app', group: group?.pk ?? '' }));

  const account = rows.users.find((row) => row.username === 'svc-shared');

  const failure = await bed.failure(handle);

  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.kept.map((entry) => entry.what)).toEqual([
    `Authentik group shared-bots (id ${group?.pk})`,
    `Authentik service account svc-shared (id ${account?.pk})`,
  ]);
  expect(failure.kept[0]?.why).toMatch(/Binding from other .*policybinding [0-9a-f-]{36}/);
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

/** Every object of a client of {@link clientNamed}, in the order in which they must go by hand. */
function everyObject(rows: Rows, name: string): readonly string[] {
  const application = rows.applications.find((row) => row.slug === name);
  const label = (kind: string, named: string, id: unknown): string => `Authentik ${kind} ${named} (id ${String(id)})`;
  return [
    ...rows.instances
      .filter((row) => row.path === `custom/${name}.yaml`)
      .map((row) => label('blueprint instance', row.path, row.pk)),
    label('application', name, application?.pk),
    ...rows.bindings
      .filter((row) => row.target === application?.pk)
      .map((row) => label('policy binding', `0 of application ${name} to group gardeners`, row.pk)),
    ...rows.providers.filter((row) => row.client_id === name).map((row) => label('provider', row.name, row.pk)),
    ...rows.groups.filter((row) => row.name === `${name}-bots`).map((row) => label('group', row.name, row.pk)),
    ...rows.users
      .filter((row) => row.username === `svc-${name}`)
      .map((row) => label('service account', row.username, row.pk)),
  ];
}

it('lists each object that the token may not delete any more', async () => {
  await holdStep(bed.world, 'verifyRegistration', { land: 'last' });
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'locked', mayApply: true });
  const handle = await bed.start('locked', clientNamed('locked'));
  await bed.untilRunning(handle, 'verifyRegistration');
  const taken = [...bed.world.permissions].filter((name) => name.startsWith('delete_'));
  for (const permission of taken) bed.world.permissions.delete(permission);

  const failure = await bed.failure(handle);

  for (const permission of taken) bed.world.permissions.add(permission);
  const every = everyObject(bed.world.authentik.database.rows, 'locked');
  // Authentik has cleaned the instance up itself, when the new workers started without the file.
  expect(every).toHaveLength(5);
  expect(failure.kept.map((entry) => entry.what).toSorted()).toEqual(every.toSorted());
  for (const { why, remedy } of failure.kept) {
    expect(why).not.toBe('');
    expect(remedy).toMatch(/admin interface|Applications|Directory|goes with its application/);
  }
  expect(failure.undone.join()).not.toContain('Authentik');
});

it("lists each object of a blueprint that stays, for somebody's sync came between", async () => {
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last', ms: 0 });
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'between', mayApply: true });
  const handle = await bed.start('between', clientNamed('between'));
  await bed.untilRunning(handle, 'verifyRegistration');
  const { namespace } = bed.world.installation.authentik;
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    name: bed.world.installation.authentik.blueprints.configMap,
  };
  await bed.world.cluster.mergePatch(map, { data: { 'wiki.yaml': '# by hand\n' } });
  done();

  const failure = await bed.failure(handle);

  const whats = failure.kept.map((entry) => entry.what);
  const every = everyObject(bed.world.authentik.database.rows, 'between');
  expect(every).toHaveLength(6);
  expect(whats.filter((what) => what.startsWith('Authentik '))).toEqual(every);
  expect(whats).toEqual(
    expect.arrayContaining([expect.stringContaining('the entry of between in the live ConfigMap')]),
  );
});

describe('with authentik.undo: keep', () => {
  let keeping: TestBed;
  useTestBed(
    {
      adjust: (installation) => ({ ...installation, authentik: { ...installation.authentik, undo: 'keep' } }),
    },
    (started) => {
      keeping = started;
    },
  );

  it('lists each object, and leaves it closed', async () => {
    await failStep(keeping.world, 'verifyRegistration', { land: 'last', slug: 'staying', mayApply: true });

    const failure = await keeping.fail('staying', clientNamed('staying'));

    const { rows } = keeping.world.authentik.database;
    const every = everyObject(rows, 'staying');
    expect(every).toHaveLength(5);
    expect(failure.kept.map((entry) => entry.what)).toEqual(every);
    expect(failure.kept.every(({ why }) => why.includes('authentik.undo: keep'))).toBe(true);
    expect(rows.bindings.some((row) => every.some((what) => what.includes(row.pk)))).toBe(true);
  });
});
