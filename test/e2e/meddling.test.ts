import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { expectOneChange } from './expectOneChange.ts';
import { heldFor, holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// People who are at work in the same places while a run is.

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const branchOf = async (client: string): Promise<string> =>
  (await bed.world.repository.branches()).find((name) => name.startsWith(`oidc-registrar/${client}-`)) ?? '';

const labels = (client: string): readonly (string | undefined)[] =>
  bed.world.connect
    .item(bed.world.installation.vault.itemId)
    .fields.map((field) => field.label)
    .filter((label) => label?.startsWith(client));

it('leaves alone a vault field that a person adds just before the secret is made', async () => {
  // The first read comes before the turn, the second is preflight's, the third generateSecret's.
  bed.world.faults.add({ system: 'connect', method: 'GET', after: 2, times: 1, effect: heldFor(bed.world, 1_200) });
  const handle = await bed.start('mine', clientNamed('mine'));
  await bed.until(
    handle,
    (view) => view.steps.some((step) => step.name === 'generateSecret' && step.state === 'running'),
    'it',
  );
  bed.world.connect.edit(bed.world.installation.vault.itemId, (item) => {
    item.fields.push({ label: 'mine-client-secret', type: 'CONCEALED', value: 'a-value-that-a-person-chose' });
  });

  const failure = await bed.failure(handle);

  expect(failure.type).toBe('Collision');
  expect(labels('mine')).toEqual(['mine-client-secret']);
});

it.each(['pollBlueprintStatus', 'verifyRegistration'] as const)(
  'lands the whole change where its branch is deleted during %s',
  async (step) => {
    const client = clientNamed(`nobranch-${step.slice(0, 4)}`);
    const base = await bed.world.repository.head();
    const done = watching(bed.world);
    await holdStep(bed.world, step, { land: 'last', ms: 0 });
    const handle = await bed.start(client.metadata.name, client);
    await bed.untilRunning(handle, step);

    await bed.world.repository.deleteBranch(await branchOf(client.metadata.name));
    done();

    expect((await bed.result(handle)).outcome).toBe('registered');
    await expectOneChange(bed, client, base);
  },
);

it("neither lands nor loses a commit that a person pushed to the run's branch", async () => {
  const base = await bed.world.repository.head();
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last', ms: 0 });
  const handle = await bed.start('visited', clientNamed('visited'));
  await bed.untilRunning(handle, 'verifyRegistration');
  const branch = await branchOf('visited');
  await bed.world.repository.commitAs('somebody', { 'hello.txt': 'not reviewed\n' }, 'Try this', branch);
  done();

  const failure = await bed.failure(handle);

  expect(failure.message).toContain('"Try this", which is not of this run');
  expect(failure.kept.map((entry) => entry.what)).toEqual([`branch ${branch}`]);
  expect(await bed.landedSince(base)).toEqual([]);
  await bed.world.repository.deleteBranch(branch);
});

it('does not refuse other clients where a clean-up failed', async () => {
  await bed.world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
  expect((await bed.register('untidy', clientNamed('untidy'))).outcome).toBe('registered');
  await bed.world.repository.setFaults({});

  expect((await bed.register('tidy', clientNamed('tidy'))).outcome).toBe('registered');
  expect((await bed.register('untidy', clientNamed('untidy'))).outcome).toBe('unchanged');
});

it('continues a dead run from the newest head, so that what others registered since stays deployed', async () => {
  const done = watching(bed.world);
  await holdStep(bed.world, 'generateSecret', { land: 'last', ms: 800 });
  const dead = await bed.start('ghost', clientNamed('ghost'));
  await bed.untilRunning(dead, 'generateSecret');
  await dead.terminate();
  done();
  await bed.heal();
  expect((await bed.register('other', clientNamed('other'))).outcome).toBe('registered');
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'ghost', mayApply: true });

  const failure = await bed.fail('ghost', clientNamed('ghost'));

  expect(failure.kept).toEqual([]);
  await bed.world.settled();
  const live = await bed.world.cluster.get({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'identity',
    name: 'authentik-blueprints',
  });
  expect(Object.keys(live?.['data'] ?? {})).toContain('other.yaml');
  expect(labels('ghost')).toEqual([]);
});

it('refuses to deploy over what a person landed and synced since the run began', async () => {
  const { file } = bed.world.installation.authentik.blueprints;
  const done = watching(bed.world);
  await holdStep(bed.world, 'generateSecret', { land: 'last', ms: 0 });
  const handle = await bed.start('over', clientNamed('over'));
  await bed.untilRunning(handle, 'generateSecret');
  const theirs =
    '  person.yaml: |\n    version: 1\n    metadata:\n      name: A person\n    entries: []\n\n  groups.yaml: |';
  const text = await bed.world.repository.read(file);
  await bed.world.repository.commitAs('ada', { [file]: text.replace('  groups.yaml: |', theirs) }, 'A section of ours');
  await bed.world.fullSync();
  done();

  const failure = await bed.failure(handle);

  expect(failure.message).toContain('was deployed by somebody since this run began');
  expect(failure.kept).toEqual([]);
  const live = await bed.world.cluster.get({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'identity',
    name: 'authentik-blueprints',
  });
  expect(Object.keys(live?.['data'] ?? {})).toContain('person.yaml');
});

it('takes nothing back of a finished registration whose clean-up failed, where its next run is cancelled', async () => {
  await bed.world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
  const client = clientNamed('finished');
  expect((await bed.register('finished', client)).outcome).toBe('registered');
  await bed.world.repository.setFaults({});
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'finished' });
  const handle = await bed.start('finished', client);
  await bed.untilRunning(handle, 'verifyRegistration');

  await handle.cancel();
  done();

  await bed.failure(handle);
  const { rows } = bed.world.authentik.database;
  expect(rows.applications.map((row) => row.slug)).toContain('finished');
  expect(await bed.world.repository.read(bed.world.installation.authentik.blueprints.file)).toContain(
    'finished.yaml: |',
  );
});
