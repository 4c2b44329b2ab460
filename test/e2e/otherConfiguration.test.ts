import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { ProgressView } from '../../core/run/progress.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Somebody points registrar.yaml to another vault item while a run is open, and restarts the worker.

let bed: TestBed;
useTestBed(
  {
    adjust: (installation) => ({
      ...installation,
      timings: {
        ...installation.timings,
        requestMs: 5_000,
        heartbeatMs: 2_000,
        requestRetryMs: 16_000,
        undoRetryMs: 8_000,
      },
    }),
  },
  (started) => {
    bed = started;
  },
);

/** A copy of the vault item, without what the runs of these tests put into it. */
const COPY = { id: 'newitemaaaaaaaaaaaaaaaaaaa', title: 'copy of the secrets' };

/** Starts a run, and in the middle of it a worker that has another vault item. Gives the way back. */
async function movedUnder(client: string) {
  bed.world.connect.store.duplicate(bed.world.installation.vault.itemId, COPY);
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last', ms: 2_000 });
  const handle = await bed.start(client, clientNamed(client));
  await bed.untilRunning(handle, 'verifyRegistration');
  const file = bed.world.workerEnv['REGISTRAR_CONFIG'] ?? '';
  const text = await readFile(file, 'utf8');
  const restartWith = async (config: string): Promise<void> => {
    await bed.stopWorker();
    await writeFile(file, config);
    await bed.startWorker();
  };
  // Told to stop, it begins no further step.
  const stopped = bed.stopWorker();
  done();
  await stopped;
  const { itemId, itemTitle } = bed.world.installation.vault;
  await restartWith(text.replaceAll(itemId, COPY.id).replaceAll(itemTitle, COPY.title));
  return { handle, restore: async () => restartWith(text) };
}

const labels = (): readonly (string | undefined)[] =>
  bed.world.connect.item(bed.world.installation.vault.itemId).fields.map(({ label }) => label);

it('a run waits for a worker with the configuration that it began with, says so, and goes on', async () => {
  const { handle, restore } = await movedUnder('patient');
  await expect
    .poll(async () => (await handle.query<ProgressView>('progress')).waitsFor)
    .toContain('it differs in vault.itemId');

  await restore();

  expect((await bed.result(handle)).outcome).toBe('registered');
  expect(labels()).toContain('patient-client-secret');
});

it('a worker that stays elsewhere takes nothing back: all is listed with its place, and goes on with the old file', async () => {
  const { handle, restore } = await movedUnder('wanderer');

  const failure = await bed.failure(handle);

  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.undone).toEqual([]);
  const field = failure.kept.find(({ what }) => what === 'vault field wanderer-client-secret');
  expect(field?.why).toContain(bed.world.installation.vault.itemId);
  expect((await bed.world.repository.branches()).join('\n')).toContain('oidc-registrar/wanderer-');
  expect(labels()).toContain('wanderer-client-secret');

  // A run that begins there has no other worker to wait for: it neither finishes nor takes back what is elsewhere.
  for (const asked of [clientNamed('wanderer'), { client: 'wanderer', takeBack: true }]) {
    const refused = await bed.fail('wanderer', asked);
    expect(refused.type).toBe('Refused');
    expect(refused.message).toContain('it differs in vault.itemId');
    expect(refused.message).toContain('Give the worker the former registrar.yaml back');
    expect(labels()).toContain('wanderer-client-secret');
  }

  await restore();
  expect((await bed.register('wanderer', clientNamed('wanderer'))).outcome).toBe('registered');
  expect((await bed.world.repository.branches()).join('\n')).not.toContain('oidc-registrar/wanderer-');
});
