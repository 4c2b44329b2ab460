import { expect, it, vi } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { StoredItem } from '../../sandbox/onepassword/vaultStore.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister, failDeregistration, strikeStep } from './deregistering.ts';
import { failPlace, rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Each client has an item of its own, and in it a field that is called alike in all of them.
vi.setConfig({ testTimeout: 240_000 });

const FIELD = 'client-secret';
const EXTERNAL_SECRET = 'identity/authentik/external-secret.yaml';
const [ours, other] = [rotatable('ours'), rotatable('other')];

let bed: TestBed;
useTestBed(
  {
    adjust: (installation) => {
      const { itemId: _id, itemTitle: _title, ...vault } = installation.vault;
      return {
        ...installation,
        vault: { ...vault, item: 'oidc-{name}' },
        naming: { ...installation.naming, vaultField: FIELD, secretKey: '{NAME}_CLIENT_SECRET' },
        policy: { ...installation.policy, items: ['Shelf *'] },
      };
    },
    // The sample's host knows its clients by the names of fields, which are those of a pattern here.
    readSecret: async (field) => valueIn(`oidc-${field.replace('-client-secret', '')}`),
  },
  (started) => {
    bed = started;
  },
);

const itemsTitled = (title: string): readonly StoredItem[] =>
  bed.world.connect.store.all().filter((item) => item.title === title);
const labelsIn = (title: string): readonly (string | undefined)[] =>
  itemsTitled(title).flatMap(({ fields }) =>
    fields.filter(({ type }) => type === 'CONCEALED').map(({ label }) => label),
  );
const valueIn = (title: string): string | undefined =>
  itemsTitled(title)[0]?.fields.find(({ label }) => label === FIELD)?.value;

/** An item that a person has made. */
function makeByHand(title: string): StoredItem {
  return bed.world.connect.store.create({ title, category: 'LOGIN', fields: [], sections: [] });
}

it.each(['generateSecret', 'storeSecret', 'verifyRegistration', 'landChange'] as const)(
  'a registration that fails in %s leaves everything as it was, and no item',
  async (step) => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, step, { land: 'last', slug: 'ours', mayApply: true });

    const failure = await bed.fail('ours', ours);

    expect(failure.kept).toEqual([]);
    await bed.heal();
    await bed.expectAsBefore(before);
    expect(itemsTitled('oidc-ours')).toEqual([]);
  },
);

it('two clients are registered, each in its item, and neither is taken for the other', async () => {
  const first = await bed.register('ours', ours);
  const second = await bed.register('other', other);

  for (const { checks, warnings } of [first, second]) {
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(warnings.filter((line) => line.includes('reads vault field'))).toEqual([]);
  }
  expect(labelsIn('oidc-ours')).toEqual([FIELD]);
  expect(labelsIn('oidc-other')).toEqual([FIELD]);
  expect(valueIn('oidc-ours')).not.toBe(valueIn('oidc-other'));
  expect(itemsTitled('oidc-ours')[0]).toMatchObject({ tags: [`oidc-registrar/ours/${first.changeId}`] });
  const { repository } = bed.world;
  expect(await repository.read(EXTERNAL_SECRET)).toContain(
    `    - secretKey: OURS_CLIENT_SECRET\n      remoteRef:\n        key: "oidc-ours"\n        property: ${FIELD}\n`,
  );
  const playbook = await repository.read('hosts/attic.yml');
  for (const client of ['ours', 'other']) expect(playbook).toContain(`/oidc-${client}/${FIELD}"`);

  const stored = bed.world.connect.snapshot();
  expect((await bed.register('ours', ours)).outcome).toBe('unchanged');
  expect(bed.world.connect.snapshot()).toEqual(stored);
});

it('a check reads the client’s own item', async () => {
  const check = async (): Promise<CheckResult> => {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('ours'), args: [{ client: 'ours' }] };
    return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  };
  await bed.world.repository.commitAs('somebody', { 'oidc-clients/ours.yaml': JSON.stringify(ours) }, 'Ask for ours');
  expect((await check()).findings).toEqual([]);
});

it('it is rotated in its item, and a rotation that fails puts the value back', async () => {
  await bed.world.consumer.byHand('ours');
  const [before, others] = [valueIn('oidc-ours'), itemsTitled('oidc-other')];
  failPlace(bed.world, 'distribute');
  expect((await bed.failure(await bed.startRotation('ours', ours))).kept).toEqual([]);
  await bed.heal();
  expect(labelsIn('oidc-ours')).toEqual([FIELD]);
  expect(valueIn('oidc-ours')).toBe(before);

  expect((await bed.rotate('ours', ours)).outcome).toBe('rotated');

  expect(labelsIn('oidc-ours')).toEqual([FIELD]);
  expect(valueIn('oidc-ours')).not.toBe(before);
  expect(itemsTitled('oidc-other')).toEqual(others);
  expect(await bed.world.consumer.works('ours')).toBe(true);
});

it('it is deregistered, or stays, and its item goes with a purge', async () => {
  await bed.world.settled();
  const stored = bed.world.connect.snapshot();
  await strikeStep(bed.world, 'verifyRemoval', 'fail');
  expect((await failDeregistration(bed, 'ours', ours)).kept).toEqual([]);
  await bed.heal();
  expect(bed.world.connect.snapshot()).toEqual(stored);

  expect((await deregister(bed, 'ours', ours)).kept).toEqual([]);
  expect(labelsIn('oidc-ours')).toEqual([expect.stringMatching(/^client-secret \(deregistered /)]);

  const { removed } = await deregister(bed, 'ours', { registration: ours, purge: true });
  expect(removed).toEqual([
    expect.stringContaining('vault field client-secret (deregistered '),
    'vault item oidc-ours',
  ]);
  expect(itemsTitled('oidc-ours')).toEqual([]);
  expect(labelsIn('oidc-other')).toEqual([FIELD]);
});

it('an item that people made is taken only where the policy lists it, and is theirs to delete', async () => {
  const byTitle = makeByHand('oidc-attic');
  const attic = rotatable('attic');
  const failure = await bed.fail('attic', attic);
  expect(failure.message).toContain(`1Password: item "oidc-attic" (${byTitle.id}) is there already, and nothing shows`);
  expect(failure.message).toContain('policy: {items: ["oidc-attic"]}');
  expect(itemsTitled('oidc-attic')).toEqual([byTitle]);

  const listed = makeByHand('Shelf attic');
  const named: RegistrationInput = { ...attic, spec: { ...attic.spec, vaultItem: 'Shelf attic' } };
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'attic', mayApply: true });
  expect((await bed.fail('attic', named)).kept).toEqual([]);
  await bed.heal();
  expect(itemsTitled('Shelf attic')).toEqual([expect.objectContaining({ id: listed.id, fields: [] })]);
});

it('of two items of one title none is taken', async () => {
  makeByHand('Shelf twice');
  makeByHand('Shelf twice');
  const twice = rotatable('twice');
  const failure = await bed.fail('twice', { ...twice, spec: { ...twice.spec, vaultItem: 'Shelf twice' } });
  expect(failure.message).toContain('the vault has 2 items titled "Shelf twice"');
});

it('a client of the item of another is refused', async () => {
  const thief = rotatable('thief');
  const failure = await bed.fail('thief', { ...thief, spec: { ...thief.spec, vaultItem: 'oidc-other' } });
  expect(failure.message).toContain('item "oidc-other" is the one that the job made for client other');
});
