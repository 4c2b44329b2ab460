import { describe, expect, it } from 'vitest';
import { type StepName, stepsInOrder } from '../../core/run/steps.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { EXTRAS, UNRELATED } from '../fixtures/vault.ts';
import { itWhere, LONG } from './long.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const CASES: readonly { layout: LayoutName; mayApply: boolean; everyStep: boolean }[] = [
  { layout: 'manual', mayApply: true, everyStep: true },
  { layout: 'manual', mayApply: false, everyStep: LONG },
  { layout: 'auto', mayApply: true, everyStep: LONG },
  { layout: 'auto', mayApply: false, everyStep: true },
];

/** What the permission makes a difference to; the other steps meet both of it, and both layouts, once. */
const APPLYING: ReadonlySet<StepName> = new Set(['syncBlueprint', 'pollBlueprintStatus', 'verifyRegistration']);

describe.each(CASES)('a run on the $layout layout that fails (token may apply: $mayApply)', (each) => {
  const { layout, mayApply, everyStep } = each;
  const land = layout === 'manual' ? 'last' : 'first';
  let bed: TestBed;
  // Thirty fields of others, which the snapshots compare: by Connect here, by the SDK in vaultTwice.
  useTestBed({ layout, mayApply, vaultItem: { ...EXTRAS, fields: UNRELATED } }, (started) => {
    bed = started;
  });

  const undone = stepsInOrder(land).filter((step) => step !== 'cleanUp' && (everyStep || APPLYING.has(step)));
  it.each(undone)('in %s leaves everything as it was', async (step) => {
    const before = await bed.world.snapshot();
    const base = await bed.world.repository.head();
    await failStep(bed.world, step, { land, slug: 'zot', mayApply });

    const failure = await bed.fail('zot');

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('Everything is as it was');
    await bed.expectAsBefore(before);
    const landed = await bed.landedSince(base);
    if (land === 'last' || landed.length === 0) expect(landed).toEqual([]);
    else
      expect(landed.map((line) => line.slice(41))).toEqual([
        'Take back the registration of OIDC client zot',
        'Register OIDC client zot',
      ]);
  });

  itWhere(everyStep)('in cleanUp is a success with a warning', async () => {
    await failStep(bed.world, 'cleanUp', { land, slug: 'zot', mayApply });

    const result = await bed.register('zot');

    expect(result.outcome).toBe('registered');
    expect(result.warnings.join('\n')).toContain('cleanUp failed, the registration stands');
    expect(result.checks.every((check) => check.ok)).toBe(true);
  });
});
