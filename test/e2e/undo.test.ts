import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { StepProgress } from '../../core/run/progress.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('goes on with its undo when a cancel comes during it', async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'steady', mayApply: true });
  const handle = await bed.start('steady', clientNamed('steady'));
  await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');

  await handle.cancel();

  const failure = await bed.failure(handle);
  expect(failure.cancelled).toBe(false);
  expect(failure.kept).toEqual([]);
  await bed.expectAsBefore(before);
  const view = await bed.until(handle, (now) => now.phase === 'undone', 'the end of the undo');
  expect(view.warnings.join('\n')).toContain('A cancel during undo is ignored');
});

it('ends its undo on stopUndo and lists what remains; the next run finishes', async () => {
  const client = clientNamed('stopped');
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'stopped', mayApply: true });
  const handle = await bed.start('stopped', client);
  await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');

  const answer = await handle.executeUpdate('stopUndo');

  expect(answer).toContain('The undo stops');
  const failure = await bed.failure(handle);
  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.kept.map((entry) => entry.what).join('\n')).toContain('vault field stopped-client-secret');
  expect(failure.kept.every((entry) => entry.remedy !== '')).toBe(true);

  bed.world.faults.clear();
  expect((await bed.register('stopped', client)).outcome).toBe('registered');
});

describe('while neither the worker nor External Secrets can read the vault', () => {
  const EXTERNAL_SECRET = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    namespace: 'identity',
    name: 'authentik',
  };
  const externalSecret = () => bed.world.cluster.get(EXTERNAL_SECRET);
  const isRefreshed = (live: Awaited<ReturnType<typeof externalSecret>>): boolean =>
    JSON.stringify(live?.['status']?.conditions ?? []).includes('"type":"Ready","status":"True"');

  function fields(client: string): readonly string[] {
    const item = bed.world.connect.item(bed.world.installation.vault.itemId);
    return item.fields.flatMap(({ label = '' }) => (label.startsWith(client) ? label : []));
  }

  /** A run whose landing is refused, and whose vault is down since it was read last before that; until all else is taken back. */
  async function takenBackButForTheVault(client: string): Promise<WorkflowHandle> {
    await failStep(bed.world, 'landChange', { land: 'last', slug: client, mayApply: true });
    const arm = { system: 'authentik', method: 'POST', path: '/application/o/revoke/' };
    bed.world.faults.add(
      { system: 'connect', arm, effect: { kind: 'error', status: 503, body: 'down' } },
      { system: 'externalSecrets', arm, effect: { kind: 'behaviour', name: 'neverReady' } },
    );
    const handle = await bed.start(client, clientNamed(client));
    const isUndone = (name: string) => (step: StepProgress) => step.name === name && step.state === 'undone';
    await bed.until(handle, ({ steps }) => steps.some(isUndone('syncBlueprint')), 'the undo of the blueprint');
    await eventually(externalSecret, (live) => !JSON.stringify(live?.['spec']).includes(client));
    const { rows } = bed.world.authentik.database;
    expect(rows.applications.filter(({ slug }) => slug === client)).toEqual([]);
    expect(fields(client)).toEqual([`${client}-client-secret`]);
    return handle;
  }

  it('all else is taken back, and the vault’s field goes once it answers', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const handle = await takenBackButForTheVault('dark');

    bed.world.faults.clear();

    expect((await bed.failure(handle)).kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('what it holds is listed where the undo ends before it answers, and the next run goes on with it', async () => {
    const handle = await takenBackButForTheVault('dusk');

    await handle.executeUpdate('stopUndo');

    const { kept } = await bed.failure(handle);
    expect(kept.map(({ what }) => what)).toEqual([
      "the ExternalSecret's entry dusk-client-secret",
      'vault field dusk-client-secret',
      'the pending vault field of dusk-client-secret',
      expect.stringMatching(/^branch oidc-registrar\/dusk-/),
      'the turn at authentik',
    ]);
    await bed.heal();
    await bed.world.settled();
    // A store that failed is tried again after a while, and a run refuses to begin beside one that fails.
    await eventually(externalSecret, isRefreshed);
    const result = await bed.register('dusk', clientNamed('dusk'));
    expect(result.outcome).toBe('registered');
    expect(result.warnings.join()).toContain('continues change');
    expect(fields('dusk')).toEqual(['dusk-client-secret']);
  });
});

it('refuses stopUndo where no undo is under way, and goes on', async () => {
  const handle = await bed.start('calm', clientNamed('calm'));
  await bed.untilRunning(handle, 'preflight');

  await expect(handle.executeUpdate('stopUndo')).rejects.toMatchObject({
    cause: { type: 'OutOfTurn', message: expect.stringContaining('No undo is under way') as string },
  });

  expect((await bed.result(handle)).outcome).toBe('registered');
});
