import { describe, expect, it } from 'vitest';
import { markLabel } from '../../integrations/onepassword/marks.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import type { FaultEffect } from '../../sandbox/faults/faults.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import type { StoredField, StoredItem } from '../../sandbox/onepassword/vaultStore.ts';
import { STORE_TOKEN } from '../../sandbox/world/worldParts.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { EXTRAS, UNRELATED, VAULT_KINDS } from '../fixtures/vault.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

/** What every write moves; all else of an item is compared, values and order included. */
function content({
  version: _version,
  updatedAt: _at,
  lastEditedBy: _by,
  ...item
}: StoredItem): Record<string, unknown> {
  return item;
}

const limited: FaultEffect = { kind: 'error', status: 429, headers: { 'retry-after': '1' } };

describe.each(VAULT_KINDS)('a vault item with thirty unrelated fields, by %s,', (kind) => {
  let bed: TestBed;
  useTestBed({ vaultKind: kind, vaultItem: { ...EXTRAS, fields: UNRELATED } }, (started) => {
    bed = started;
  });
  const item = (): StoredItem => bed.world.connect.item(bed.world.installation.vault.itemId);

  /** The item holds the client's field and is otherwise the one from before. The SDK's field brings its section along. */
  function expectOnlyOurs(before: StoredItem, client: string): void {
    const now = item();
    const ours = now.fields.filter((field) => field.label === `${client}-client-secret`);
    expect(ours).toEqual([expect.objectContaining({ type: 'CONCEALED', value: expect.stringMatching(/^\w{48}$/) })]);
    expect(content(without(now, ours))).toEqual(content(without(before, [])));
  }

  function without(all: StoredItem, ours: readonly StoredField[]): StoredItem {
    const notes = new Set(ours.map(({ id }) => markLabel(id ?? '')));
    const fields = all.fields.filter((field) => !ours.includes(field) && !notes.has(field.label ?? ''));
    const sections = (all['sections'] as { id: string }[]).filter(({ id }) => !id.startsWith('oidc-registrar'));
    return { ...all, fields, sections };
  }

  const fallible = stepsInOrder('last').filter((step) => step !== 'cleanUp');
  it.runIf(kind === 'serviceAccount').each(fallible)('is equal after a failure in %s and its undo', async (step) => {
    const before = item();
    await failStep(bed.world, step, { land: 'last', slug: 'zot', mayApply: true });

    const failure = await bed.fail('zot');

    expect(failure.kept).toEqual([]);
    // From the second write on there is something to undo: made, put into service, and both again.
    const place = fallible.indexOf(step) - fallible.indexOf('storeSecret');
    expect(item().version - before.version).toBe(place < 0 ? 0 : place === 0 ? 2 : 4);
    expect(content(item())).toEqual(content(before));
  });

  it('is equal after a cancel in the middle of a write', async () => {
    const before = item();
    const done = watching(bed.world);
    await holdStep(bed.world, 'storeSecret', { land: 'last' });
    const handle = await bed.start('zot');
    await bed.untilRunning(handle, 'storeSecret');

    await handle.cancel();
    done();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    expect(content(item())).toEqual(content(before));
  });

  it('has one field more after a success, which cost 8 reads and 2 writes', async () => {
    const before = item();
    const asked = bed.world.connect.log.length;

    const result = await bed.register('ended', clientNamed('ended'));

    expect(result.outcome).toBe('registered');
    expectOnlyOurs(before, 'ended');
    const ours = bed.world.connect.log.slice(asked).filter(({ token }) => token !== STORE_TOKEN);
    const count = (method: string): number => ours.filter((request) => request.method === method).length;
    expect({ reads: count('GET'), writes: count('PUT') }).toEqual({ reads: 8, writes: 2 });
  });

  it.each(['generateSecret', 'patchExternalSecret'] as const)(
    'has one field more after a run that died in %s and was continued',
    async (step) => {
      const client = `dead-${step.toLowerCase()}`;
      const before = item();
      const done = watching(bed.world);
      await holdStep(bed.world, step, { land: 'last', ms: 600 });
      const dead = await bed.start(client, clientNamed(client));
      await bed.untilRunning(dead, step);
      await dead.terminate('a person was in a hurry');
      done();

      expect((await bed.register(client, clientNamed(client))).outcome).toBe('registered');

      expectOnlyOurs(before, client);
    },
  );

  it('is equal after a run that died in storeSecret, was continued and taken back', async () => {
    const before = item();
    const done = watching(bed.world);
    await holdStep(bed.world, 'storeSecret', { land: 'last', ms: 600 });
    const dead = await bed.start('undead', clientNamed('undead'));
    await bed.untilRunning(dead, 'storeSecret');
    await dead.terminate('a person was in a hurry');
    done();
    await failStep(bed.world, 'patchExternalSecret', { land: 'last', slug: 'undead', mayApply: true });

    const failure = await bed.fail('undead', clientNamed('undead'));

    expect(failure.kept).toEqual([]);
    expect(item().version).toBeGreaterThan(before.version);
    expect(content(item())).toEqual(content(before));
  });

  it('is not written at all where a client is changed whose field a person made', async () => {
    const client = clientNamed('adopted');
    await bed.register('adopted', client);
    // The job's note goes by the id of another field: this one is proven by the provider alone.
    bed.world.connect.edit(bed.world.installation.vault.itemId, ({ fields }) => {
      for (const field of fields) if (field.label === 'adopted-client-secret') field.id = 'made-by-a-person';
    });
    const before = item();

    const redirectUris = [...client.spec.redirectUris, 'https://other.example/callback'];
    const result = await bed.register('adopted', { ...client, spec: { ...client.spec, redirectUris } });

    expect(result.outcome).toBe('registered');
    expect(item()).toEqual(before);
  });

  it('has one field more after a run whose reads and writes met the rate limit again and again', async () => {
    const before = item();
    for (const after of [0, 2, 4])
      bed.world.faults.add({ system: 'connect', method: 'GET', after, times: 1, effect: limited });
    for (const after of [0, 1])
      bed.world.faults.add({ system: 'connect', method: 'PUT', after, times: 1, effect: limited });

    let struck = 0;
    const strike = bed.world.faults.strike.bind(bed.world.faults);
    bed.world.faults.strike = (...request) => {
      const effect = strike(...request);
      if (effect === limited) struck += 1;
      return effect;
    };

    const result = await bed.register('limited', clientNamed('limited'));

    expect(result.outcome).toBe('registered');
    expect(struck).toBe(5);
    expectOnlyOurs(before, 'limited');
  });
});
