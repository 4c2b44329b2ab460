import { beforeAll, describe, expect, it } from 'vitest';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const OTHERS = ['one', 'two', 'three'];

// The layouts stand for `land: last` and `land: first`.
describe.each<{ layout: LayoutName }>([{ layout: 'manual' }, { layout: 'auto' }])(
  'registered, rotated and deregistered on the $layout layout,',
  ({ layout }) => {
    let bed: TestBed;
    let before: unknown;
    useTestBed({ layout }, (started) => {
      bed = started;
    });
    beforeAll(async () => {
      await bed.world.settled();
      before = await bed.world.snapshot();
    });

    async function live(name: string): Promise<void> {
      const registration = rotatable(name, layout);
      await bed.register(name, registration);
      await bed.world.consumer.byHand(name);
      expect((await bed.rotate(name, registration)).outcome).toBe('rotated');
      expect(await bed.world.consumer.works(name)).toBe(true);
    }

    it('a client alone leaves everything as it was but for the secret, until that is purged', async () => {
      const registration = rotatable('alone', layout);
      const labels = fieldLabels(bed);
      await live('alone');

      const result = await deregister(bed, 'alone', registration);

      expect(result.outcome).toBe('deregistered');
      expect(result.kept).toEqual([]);
      const left = fieldLabels(bed).filter((label) => !labels.includes(label));
      // The note of whose it is stays as long as the field does.
      expect(left).toEqual([
        expect.stringMatching(/^alone-.+ \(deregistered /),
        expect.stringMatching(/^oidc-registrar made /),
      ]);
      expect(await bed.world.consumer.works('alone')).toBe(false);

      const purged = await deregister(bed, 'alone', { registration, purge: true });
      expect(purged.removed).toEqual([`vault field ${left[0]}`]);
      await expectSameState(bed, before);
    });

    it('a client beside three others leaves everything as it was, them included, and then there is nothing to do', async () => {
      for (const name of OTHERS) await bed.register(name, clientNamed(name, layout));
      await bed.world.settled();
      const beside = await bed.world.snapshot();
      const registration = rotatable('gone', layout);
      await live('gone');
      const base = await bed.world.repository.head();

      const result = await deregister(bed, 'gone', { registration, purge: true });

      expect(result.outcome).toBe('deregistered');
      expect(result.kept).toEqual([]);
      expect(result.checks.map((check) => check.ok)).not.toContain(false);
      expect(result.warnings.join('\n')).toContain('past the point of no return these are gone for good');
      expect((await bed.landedSince(base)).map((line) => line.slice(41))).toEqual(['Deregister OIDC client gone']);
      await expectSameState(bed, beside);
      for (const name of OTHERS)
        expect((await bed.register(name, clientNamed(name, layout))).outcome).toBe('unchanged');

      const head = await bed.world.repository.head();
      expect((await deregister(bed, 'gone', { registration })).outcome).toBe('unchanged');
      expect(await bed.world.repository.head()).toBe(head);
      await expectSameState(bed, beside);
    });
  },
);

function fieldLabels({ world }: TestBed): readonly string[] {
  return world.connect.item(world.installation.vault.itemId).fields.map((field) => field.label ?? '');
}
