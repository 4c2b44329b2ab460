import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalWorkflowId } from '../../core/run.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { deregister } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const ITS = 'PersonMadeThisValueLongAgo012345';

/** Deletes all of Temporal's memory of a client, as its retention does in time. */
async function forget(name: string): Promise<void> {
  const { namespace } = bed.client.options;
  const workflowId = canonicalWorkflowId(name);
  for await (const { runId } of bed.client.workflow.list({ query: `WorkflowId = "${workflowId}"` }))
    await bed.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } });
  const remembered = async (): Promise<boolean> => {
    const { count } = await bed.client.workflow.count(`WorkflowId = "${workflowId}"`);
    const handle = bed.client.workflow.getHandle(workflowId);
    const known = await handle.describe().then(
      () => true,
      () => false,
    );
    return count > 0 || known;
  };
  await eventually(remembered, (yes) => !yes, 60_000);
}

function personsGroup(name: string): void {
  bed.world.authentik.database.rows.groups.push({ pk: randomUUID(), name, is_superuser: false });
}

function personsField(name: string): void {
  bed.world.connect.edit(
    bed.world.installation.vault.itemId,
    (item) => void item.fields.push({ label: `${name}-client-secret`, type: 'CONCEALED', value: ITS }),
  );
}

const groups = (): readonly string[] => bed.world.authentik.database.rows.groups.map((row) => row.name);
const labels = (): readonly string[] =>
  bed.world.connect.item(bed.world.installation.vault.itemId).fields.map(({ label = '' }) => label);
const recordOf = (name: string): string => `oidc-clients/${name}.oidc-record`;

describe('what a person had made, and the registration adopted, stays', () => {
  const disturbances: Readonly<Record<string, (name: string) => Promise<void>>> = {
    'with its history': async () => undefined,
    'once its history is gone': forget,
    'once its record is gone too': async (name) => {
      await forget(name);
      await bed.world.repository.commitAs('Ann', { [recordOf(name)]: null }, 'Tidy up');
    },
    'where its record says that a run made all of it': async (name) => {
      await forget(name);
      const text = await bed.world.repository.read(recordOf(name));
      expect(text).toContain(': adopted');
      const forged = text.replaceAll(': adopted', ': made');
      await bed.world.repository.commitAs('Mallory', { [recordOf(name)]: forged }, 'Correct the record');
    },
  };

  it.each(Object.entries(disturbances))(
    '%s',
    async (what, disturb) => {
      const name = `kept-${Object.keys(disturbances).indexOf(what)}`;
      personsGroup(`${name}-bots`);
      personsField(name);
      await bed.register(name, clientNamed(name));
      await disturb(name);

      const result = await deregister(bed, name, { registration: clientNamed(name), purge: true });

      expect(result.outcome).toBe('deregistered');
      expect(groups()).toContain(`${name}-bots`);
      expect(labels()).toContain(`${name}-client-secret`);
      const kept = result.kept.map((each) => each.what);
      expect(kept).toContain(`Authentik group ${name}-bots`);
      expect(kept).toContain(`vault field ${name}-client-secret`);
    },
    120_000,
  );
});

it('deletes what it made itself, once the history is gone and without the record too', async () => {
  const name = 'own';
  await bed.register(name, clientNamed(name));
  await forget(name);
  await bed.world.repository.commitAs('Ann', { [recordOf(name)]: null }, 'Tidy up');

  const result = await deregister(bed, name, { registration: clientNamed(name), purge: true });

  expect(result.kept).toEqual([]);
  expect(groups()).not.toContain(`${name}-bots`);
  expect(labels().filter((label) => label.includes(name) || label.startsWith('oidc-registrar'))).toEqual([]);
}, 120_000);

it('keeps a group that a person deleted and made anew under the same name, and a field that they made anew', async () => {
  const name = 'anew';
  const { rows } = bed.world.authentik.database;
  await bed.register(name, clientNamed(name));
  rows.groups.splice(
    rows.groups.findIndex((row) => row.name === `${name}-bots`),
    1,
  );
  personsGroup(`${name}-bots`);
  const { itemId } = bed.world.installation.vault;
  bed.world.connect.edit(itemId, (item) => {
    const field = item.fields.find(({ label }) => label === `${name}-client-secret`);
    if (field !== undefined) field.id = 'made-anew-by-a-person';
  });

  const result = await deregister(bed, name, { registration: clientNamed(name), purge: true, force: true });

  expect(groups()).toContain(`${name}-bots`);
  expect(labels()).toContain(`${name}-client-secret`);
  expect(result.kept.map((each) => each.what)).toContain(`vault field ${name}-client-secret`);
}, 120_000);

describe('a consumer that was taken out of the registration', () => {
  const without = (name: string) => {
    const client = clientNamed(name);
    return { ...client, spec: { ...client.spec, consumers: [] } };
  };
  const read = async (name: string): Promise<boolean> =>
    (await bed.world.repository.read('hosts/attic.yml')).includes(`${name}_secret`);

  it('is found by the record once the history is gone', async () => {
    await bed.register('taken', clientNamed('taken'));
    await forget('taken');
    const result = await bed.register('taken', without('taken'));
    expect(result.outcome).toBe('registered');
    expect(await read('taken')).toBe(false);
  }, 120_000);

  it('is told of where nothing knows of it any more', async () => {
    await bed.register('unseen', clientNamed('unseen'));
    await forget('unseen');
    await bed.world.repository.commitAs('Ann', { [recordOf('unseen')]: null }, 'Tidy up');
    const result = await bed.register('unseen', without('unseen'));
    expect(result.outcome).not.toBe('unchanged');
    const told = /hosts\/attic\.yml:\d+ reads its secret unseen-client-secret/;
    expect(result.remaining.join()).toMatch(told);
    expect((await bed.register('unseen', without('unseen'))).warnings.join()).toMatch(told);
  }, 120_000);
});
