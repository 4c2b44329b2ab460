import { expect, it } from 'vitest';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ layout: 'auto' }, (started) => {
  bed = started;
});

it('takes back what the target branch deployed by itself before the push had answered', async () => {
  const before = await bed.world.snapshot();
  const { rows } = bed.world.authentik.database;
  const done = watching(bed.world);
  await holdStep(bed.world, 'landChange', { land: 'first' });
  const handle = await bed.start('zot');
  const view = await bed.until(handle, () => rows.applications.length > 0, 'the application in Authentik');
  expect(view.steps.find(({ name }) => name === 'landChange')?.state).toBe('running');

  await handle.cancel();
  done();

  expect((await bed.failure(handle)).cancelled).toBe(true);
  await bed.expectAsBefore(before);
});

it('gives Authentik the new secret where its pods began with a former one that the Secret still held', async () => {
  const { cluster, faults, installation } = bed.world;
  const { namespace, externalSecret } = installation.authentik;
  const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: externalSecret.name };
  await cluster.mergePatch(secret, { data: { 'late-oidc': Buffer.from('of a run before').toString('base64') } });
  faults.add({ system: 'externalSecrets', effect: { kind: 'behaviour', name: 'stuck' } });
  const handle = await bed.start('late', clientNamed('late', 'auto'));
  const hasBegun = async (): Promise<boolean> => {
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    return pods
      .map((pod) => JSON.stringify([pod['spec'], pod['status']]))
      .some((pod) => pod.includes('LATE_OIDC') && pod.includes('startedAt'));
  };
  await eventually(hasBegun, Boolean);

  faults.clear();

  const { outcome, checks } = await bed.result(handle);
  expect(outcome).toBe('registered');
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});
