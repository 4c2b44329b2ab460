import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Names that every object of JavaScript has: a field of the vault may be called so, and is a key of a Secret then.

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const named = (client: string, vaultField: string) => {
  const { spec, ...registration } = clientNamed(client);
  return { ...registration, spec: { ...spec, vaultField } };
};

it.each(['__proto__', 'constructor'])(
  'a vault field %s is registered, undone, and in no other client’s way',
  async (name) => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'first', mayApply: true });
    const failure = await bed.fail('first', named('first', name));
    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('Everything is as it was');
    await bed.heal();
    await bed.expectAsBefore(before);

    const client = name.replaceAll('_', '');
    expect(await bed.register(client, named(client, name))).toMatchObject({ outcome: 'registered' });
    const again = await bed.register(client, named(client, name));
    expect(again).toMatchObject({ outcome: 'unchanged' });
    expect(await bed.register(`${client}-other`, clientNamed(`${client}-other`))).toMatchObject({
      outcome: 'registered',
    });
  },
);
