import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RotateResult } from '../../core/run/rotation.ts';
import { markLabel, readMark } from '../../integrations/onepassword/marks.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { watching } from './holds.ts';
import { watchLogins } from './logins.ts';
import { LONG } from './long.ts';
import { failPlace, healUndo, holdPlace, PLACES, rotatable, stepOf } from './rotationFaults.ts';
import { CANCELLED } from './struckAt.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const sample = await sampleLayout('manual');
/** The client's file is in the repository. */
const layout: Layout = {
  ...sample,
  files: { ...sample.files, 'oidc-clients/turns.yaml': stringify(rotatable('turns')) },
};

/** A probe that never passes is given up within the test's own limit. */
const SHORT_WAITS = { waitMs: 16_000, waitRetryMs: 18_000 };

describe('a rotation with land: last', () => {
  let bed: TestBed;
  useTestBed(
    { layout, adjust: (all) => ({ ...all, timings: { ...all.timings, ...SHORT_WAITS } }), notify: 'json' },
    (started) => {
      bed = started;
    },
  );
  beforeAll(async () => {
    await bed.register('turns');
    await bed.world.consumer.byHand('turns');
  });

  it.each(PLACES)('that fails in %s leaves the old secret at work everywhere', async (place) => {
    const before = await bed.world.snapshot();
    failPlace(bed.world, place);
    const handle = await bed.startRotation('turns');
    await healUndo(bed, handle, place);

    const failure = await bed.failure(handle);

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('turns was not rotated');
    expect(failure.message).toContain('Everything is as it was');
    expect(await bed.world.consumer.works('turns')).toBe(true);
    await bed.expectAsBefore(before);
  });

  it('whose applies never end well leaves the old secret at work, and the status of the blueprint as it was', async () => {
    const before = await bed.world.snapshot();
    const effect = { kind: 'behaviour', name: 'neverSuccessful', argument: 'custom/turns.yaml' } as const;
    bed.world.faults.add({ system: 'authentik', effect });
    const handle = await bed.startRotation('turns');
    await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');
    await bed.heal();

    const failure = await bed.failure(handle);

    expect(failure.message).toContain('never ended well');
    expect(failure.kept).toEqual([]);
    expect(await bed.world.consumer.works('turns')).toBe(true);
    await bed.expectAsBefore(before);
  });

  // The undo is the same as after a failure, which is tried everywhere.
  const cancelled = LONG ? CANCELLED.rotate : (['create', 'set at Authentik', 'testConsumers'] as const);
  it.each(cancelled)('that is cancelled in %s leaves the old secret at work everywhere', async (place) => {
    const before = await bed.world.snapshot();
    const done = watching(bed.world);
    holdPlace(bed.world, place);
    const handle = await bed.startRotation('turns');
    const running = (step: string): boolean => step === stepOf(place);
    await bed.until(handle, (view) => view.steps.some((each) => running(each.name) && each.state === 'running'), place);

    await handle.cancel();
    done();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    expect(await bed.world.consumer.works('turns')).toBe(true);
    await bed.expectAsBefore(before);
  });

  it('replaces the secret everywhere, and a login fails within the reported window alone', async () => {
    const head = await bed.world.repository.head();
    const fields = fieldsOf(bed);
    const logins = watchLogins(bed.world, 'turns');

    const result = await bed.rotate('turns');

    const failing = await logins.stop();
    expect(result.outcome).toBe('rotated');
    expect(failing).toHaveLength(1);
    expect(failing[0]).toBeLessThanOrEqual(result.window?.ms ?? 0);
    expect(await bed.world.consumer.works('turns')).toBe(true);
    expect(await bed.world.repository.head()).toBe(head);
    const now = fieldsOf(bed);
    expect(Object.keys(now).filter((label) => !(label in fields))).toEqual(['turns-client-secret-rotated']);
    expect(now['turns-client-secret-rotated']).toBe(result.rotatedAt);
    expect(now['turns-client-secret']).not.toBe(fields['turns-client-secret']);
    // The mark has gone over from the field that was dropped to the one that is in service.
    expect(marksOf(bed)).toEqual([['turns-client-secret', 'turns']]);
    expect((await bed.register('turns')).outcome).toBe('unchanged');
  });

  it('whose last write fails stands, and the next one tidies up', async () => {
    failPlace(bed.world, 'finish');
    const result = await bed.rotate('turns');
    expect(result.warnings.join()).toContain('finish failed, the new secret stands');
    expect(await bed.world.consumer.works('turns')).toBe(true);

    const again = await bed.rotate('turns');

    expect(again.warnings.join()).toContain('continues a rotation that ended half-way');
    // The secret is as old as it was, whenever that is tidied up.
    expect(again.rotatedAt).toBe(result.rotatedAt);
    expect(fieldsOf(bed)['turns-client-secret-rotated']).toBe(result.rotatedAt);
    const labels = Object.keys(fieldsOf(bed)).filter((label) => label.startsWith('turns'));
    expect(labels.toSorted()).toEqual(['turns-client-secret', 'turns-client-secret-rotated']);
    expect(await bed.world.consumer.works('turns')).toBe(true);
  });

  describe('that was terminated once it was set', () => {
    const terminated = async (): Promise<void> => {
      const done = watching(bed.world);
      holdPlace(bed.world, 'distribute');
      const dead = await bed.startRotation('turns');
      await bed.until(
        dead,
        (view) => view.steps.some((each) => each.name === 'distribute' && each.state === 'running'),
        'distribute',
      );
      await dead.terminate();
      done();
    };

    it('goes on with the next rotation', async () => {
      await terminated();
      expect((await bed.rotate('turns')).warnings.join()).toContain('continues a rotation that ended half-way');
      expect(await bed.world.consumer.works('turns')).toBe(true);
      expect(Object.keys(fieldsOf(bed)).filter((label) => label.startsWith('turns'))).toHaveLength(2);
    });

    it('is taken back where that is asked for', async () => {
      const before = await bed.world.snapshot();
      await terminated();
      expect((await bed.rotate('turns', { client: 'turns', takeBack: true })).outcome).toBe('takenBack');
      expect(await bed.world.consumer.works('turns')).toBe(true);
      await bed.expectAsBefore(before);
    });

    it('is taken back by the next registration, which finds everything as asked then', async () => {
      const before = await bed.world.snapshot();
      await terminated();
      const result = await bed.register('turns');
      // It found everything as asked, and says all the same that a rotation was taken back.
      expect(result.outcome).toBe('registered');
      expect(result.changed).not.toEqual([]);
      expect(result.warnings.join()).toContain('a rotation of turns that ended half-way was taken back first');
      expect(await bed.world.consumer.works('turns')).toBe(true);
      await bed.expectAsBefore(before);
    });
  });

  it('refuses what it cannot finish, before anything changes', async () => {
    const before = await bed.world.snapshot();
    const failed = async (input = rotatable('turns')): Promise<string> =>
      (await bed.failure(await bed.startRotation(input.metadata.name, input))).message;

    expect(await failed(rotatable('stranger'))).toContain('there is no secret to rotate');
    bed.world.faults.add({ system: 'consumer', path: '/login', times: 1, effect: { kind: 'error', status: 503 } });
    expect(await failed()).toContain('is not well before its secret is changed');
    bed.world.faults.add({ system: 'consumer', path: '/ping', times: 1, effect: { kind: 'error', status: 503 } });
    expect(await failed()).toContain('exit code 2');
    bed.world.permissions.delete('add_blueprintinstance');
    expect(await failed()).toContain('the token may not apply blueprint');
    bed.world.permissions.add('add_blueprintinstance');
    const other = rotatable('turns');
    const renamed = { ...other, spec: { ...other.spec, launchUrl: 'https://elsewhere.orchard.example' } };
    expect(await failed(renamed)).toContain('is not registered as its registration asks');
    await bed.expectAsBefore(before);
  });
});

describe('a rotation with land: first', () => {
  const registration = rotatable('spins', 'auto', 'none');
  let bed: TestBed;
  useTestBed({ layout: 'auto', notify: 'json' }, (started) => {
    bed = started;
  });
  beforeAll(async () => {
    await bed.register('spins', registration);
    await bed.world.consumer.byHand('spins');
  });

  const waiting = (step: string) => (view: { steps: readonly { name: string; note?: string }[] }) =>
    view.steps.some((each) => each.name === step && each.note?.includes('waits for a person') === true);

  it('asks a person before anything changes and again when it is their turn', async () => {
    const handle = await bed.startRotation('spins', registration);
    await bed.until(handle, waiting('ready'), 'the question');
    const writes = bed.vaultWrites();
    expect(await handle.executeUpdate<string, []>('ready')).toContain('begins');
    await bed.until(handle, waiting('distribute'), 'the turn of the person');
    expect(bed.vaultWrites()).toBeGreaterThan(writes);
    expect(await bed.world.consumer.works('spins')).toBe(false);
    await bed.world.consumer.byHand('spins');
    await handle.executeUpdate('confirm');

    expect((await bed.resultOf<RotateResult>(handle)).outcome).toBe('rotated');
    const told = bed.world.webhook?.received.map((body) => String(body['title'])) ?? [];
    expect(told.filter((title) => title.includes('waits until you are ready'))).toHaveLength(1);
    expect(told.filter((title) => title.includes('needs the new secret'))).toHaveLength(1);
  });

  it('that is cancelled while a person is at it restores the old secret, and names what the person may have done', async () => {
    const before = await bed.world.snapshot();
    const handle = await bed.startRotation('spins', registration);
    await bed.until(handle, waiting('ready'), 'the question');
    await handle.executeUpdate('ready');
    await bed.until(handle, waiting('distribute'), 'the turn of the person');
    await bed.world.consumer.byHand('spins');

    await handle.cancel();

    const failure = await bed.failure(handle);
    expect(failure.type).toBe('UndoIncomplete');
    expect(failure.kept).toMatchObject([{ what: 'the secret at Ansible role registry' }]);
    await bed.expectAsBefore(before);
    expect(await bed.world.consumer.works('spins')).toBe(false);
    await bed.world.consumer.byHand('spins');
    expect(await bed.world.consumer.works('spins')).toBe(true);
  });
});

function fieldsOf(bed: TestBed): Readonly<Record<string, string>> {
  const { itemId } = bed.world.installation.vault;
  const fields = bed.world.connect.item(itemId).fields.filter(({ label }) => label?.startsWith(markLabel('')) !== true);
  return Object.fromEntries(fields.map((field) => [field.label, field.value ?? '']));
}

/** Of each mark the label of the field that it names by its id, and the client. */
function marksOf(bed: TestBed): readonly (readonly [string | undefined, string | undefined])[] {
  const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
  const marks = fields.filter(({ label }) => label?.startsWith(markLabel('')) === true);
  return marks.map(({ label, value = '' }) => [
    fields.find(({ id = '' }) => label === markLabel(id))?.label,
    readMark(value)?.client,
  ]);
}
