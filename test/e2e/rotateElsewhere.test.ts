import { beforeAll, describe, expect, it } from 'vitest';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { mounted } from './mountedSecrets.ts';
import { failPlace, rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';

/** What rotate.test.ts proves with Argo CD and Connect holds for the others too: the new secret everywhere, or the old one. */
const ELSEWHERE: readonly (readonly [string, LayoutName, TestBedOptions])[] = [
  ['where somebody else deploys', 'external', { layout: 'external' }],
  ['with the vault by its SDK', 'manual', { vaultKind: 'serviceAccount' }],
  ['of files, where somebody else deploys', 'external', { layout: await mounted('external') }],
];

describe.each(ELSEWHERE)('a rotation %s', (_where, layout, options) => {
  const registration = rotatable('turns', layout);
  let bed: TestBed;
  useTestBed(options, (started) => {
    bed = started;
  });
  beforeAll(async () => {
    await bed.register('turns', registration);
    await bed.world.consumer.byHand('turns');
  });

  it('that fails once Authentik has the new secret puts the old one back everywhere', async () => {
    const before = await bed.world.snapshot();
    failPlace(bed.world, 'distribute');

    const failure = await bed.failure(await bed.startRotation('turns', registration));

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('turns was not rotated');
    expect(failure.undone.join()).toContain('is in service again, tested at Authentik');
    expect(await bed.world.consumer.works('turns')).toBe(true);
    await bed.expectAsBefore(before);
  });

  it('replaces the secret everywhere and changes no file', async () => {
    const head = await bed.world.repository.head();
    const old = secretOf(bed);

    const result = await bed.rotate('turns', registration);

    expect(result.outcome).toBe('rotated');
    expect(secretOf(bed)).not.toBe(old);
    expect(await bed.world.consumer.works('turns')).toBe(true);
    expect(await bed.world.repository.head()).toBe(head);
    expect((await bed.register('turns', registration)).outcome).toBe('unchanged');
  });
});

function secretOf({ world }: TestBed): string | undefined {
  const provider = world.authentik.database.rows.providers.find((row) => row.client_id === 'turns');
  return provider?.client_secret;
}
