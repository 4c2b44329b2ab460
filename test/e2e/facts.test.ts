import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type RegistrationRecord, recordSchema } from '../../core/registration/record.ts';
import type { Consumer } from '../../core/registration/registration.ts';
import { markLabel } from '../../integrations/onepassword/marks.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { deregister } from './deregistering.ts';
import { holdStep } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

/** Deletes all of Temporal's memory of a client, as its retention does in time. */
async function forget(name: string): Promise<void> {
  const { namespace } = bed.client.options;
  const workflowId = IDS.client(name);
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
  await eventually(remembered, (yes) => !yes);
}

function personsGroup(name: string): void {
  bed.world.authentik.database.rows.groups.push({ pk: randomUUID(), name, is_superuser: false });
}

/** Makes the field one that a person put there with the provider's value, beside which there is no note of the job. */
function personsField(name: string): void {
  bed.world.connect.edit(bed.world.installation.vault.itemId, (item) => {
    const field = item.fields.find(({ label }) => label === `${name}-client-secret`);
    if (field === undefined) throw new Error(`${name} has no field`);
    const note = markLabel(field.id ?? '');
    item.fields = item.fields.filter(({ label }) => label !== note);
    field.id = `made-by-a-person-${name}`;
  });
}

const groupNames = (): readonly string[] => bed.world.authentik.database.rows.groups.map((row) => row.name);
const labels = (): readonly string[] =>
  bed.world.connect.item(bed.world.installation.vault.itemId).fields.map(({ label = '' }) => label);
const KUSTOMIZATION = 'identity/authentik/kustomization.yaml';
const recordOf = (name: string): string => `oidc-clients/${name}.oidc-record`;

async function readRecordOf(name: string): Promise<RegistrationRecord> {
  return recordSchema.parse(parse(await bed.world.repository.read(recordOf(name))));
}

/** What a neighbour and the climbers have: whole rows and fields, and the files that deliver the neighbour's secret. */
async function ofOthers(neighbour: string) {
  const { rows } = bed.world.authentik.database;
  const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
  const read = (path: string): Promise<string> => bed.world.repository.read(path);
  const playbook = await read('hosts/attic.yml');
  return {
    groups: rows.groups.filter((row) => [`${neighbour}-bots`, 'climbers'].includes(row.name)),
    users: rows.users.filter((row) => row.username === `svc-${neighbour}`),
    fields: fields.filter(({ label = '' }) => /^(neighbour|climbers)-/.test(label)),
    playbook: playbook.split('\n').filter((line) => line.includes(neighbour)),
    template: await read(`roles/zot/templates/${neighbour}.json.j2`),
    tasks: (await read('roles/zot/tasks/main.yml')).split('\n').filter((line) => line.includes(neighbour)),
    zot: await read('oidc-clients/zot.yaml'),
    kustomization: await read(KUSTOMIZATION),
  };
}

describe('what a person had made, and the registration adopted, stays', () => {
  const disturbances: Readonly<Record<string, (name: string) => Promise<void>>> = {
    'with its history': async () => undefined,
    'once its history is gone': forget,
    // As many runs as are looked at for one that changed something.
    'once twenty newer runs hide it, which found nothing to do': async (name) => {
      for (let runs = 0; runs < 20; runs += 1)
        expect((await bed.register(name, clientNamed(name))).outcome).toBe('unchanged');
    },
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

  it.each(Object.entries(disturbances))('%s', async (what, disturb) => {
    const name = `kept-${Object.keys(disturbances).indexOf(what)}`;
    personsGroup(`${name}-bots`);
    await bed.register(name, clientNamed(name));
    personsField(name);
    await disturb(name);

    const result = await deregister(bed, name, { registration: clientNamed(name), purge: true });

    expect(result.outcome).toBe('deregistered');
    expect(groupNames()).toContain(`${name}-bots`);
    expect(labels()).toContain(`${name}-client-secret`);
    const kept = result.kept.map((each) => each.what);
    expect(kept).toContain(`Authentik group ${name}-bots`);
    expect(kept).toContain(`vault field ${name}-client-secret`);
  });
});

it('deletes what it made itself, once the history is gone and without the record too', async () => {
  const name = 'own';
  await bed.register(name, clientNamed(name));
  await forget(name);
  await bed.world.repository.commitAs('Ann', { [recordOf(name)]: null }, 'Tidy up');

  const result = await deregister(bed, name, { registration: clientNamed(name), purge: true });

  expect(result.kept).toEqual([]);
  expect(groupNames()).not.toContain(`${name}-bots`);
  expect(labels().filter((label) => label.includes(name) || label.startsWith('oidc-registrar'))).toEqual([]);
});

it('keeps a group that a person deleted and made anew under the same name, and a field that they made anew', async () => {
  const name = 'anew';
  const { rows } = bed.world.authentik.database;
  await bed.register(name, clientNamed(name));
  rows.groups.splice(
    rows.groups.findIndex((row) => row.name === `${name}-bots`),
    1,
  );
  personsGroup(`${name}-bots`);
  personsField(name);

  const result = await deregister(bed, name, { registration: clientNamed(name), purge: true, force: true });

  expect(groupNames()).toContain(`${name}-bots`);
  expect(labels()).toContain(`${name}-client-secret`);
  expect(result.kept.map((each) => each.what)).toContain(`vault field ${name}-client-secret`);
});

it('takes nothing of a neighbour or a person, whatever a record that anybody may edit says of it', async () => {
  const [neighbour, name] = ['neighbour', 'forger'];
  await bed.register(neighbour, clientNamed(neighbour));
  personsGroup('climbers');
  // It names them in the registration too, which adopts them.
  const greedy = clientNamed(name);
  const groups = [...(greedy.spec.groups ?? []), { name: `${neighbour}-bots` }, { name: 'climbers' }];
  await bed.register(name, { ...greedy, spec: { ...greedy.spec, groups, vaultField: 'climbers-client-secret' } });
  personsField('climbers');
  await forget(name);
  const record = await readRecordOf(name);
  // Word for word what is in the neighbour's file, and a consumer whose file is none, beside a line that people need.
  const { consumers } = (await readRecordOf(neighbour)).delivered;
  const text = (await ofOthers(neighbour)).template;
  const literally = consumers.map((each) =>
    each.kind === 'ansible' ? { ...each, template: { ...each.template, text } } : each,
  );
  const deployed: Consumer = {
    kind: 'externalSecret',
    name: 'forged',
    namespace: 'identity',
    file: 'identity/authentik/worker.yaml',
    kustomization: KUSTOMIZATION,
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'any' },
    secretKey: 'clientSecret',
    target: { creationPolicy: 'Owner' },
    keys: {},
    restart: [],
  };
  const forged: RegistrationRecord = {
    ...record,
    origin: {
      groups: { [`${name}-bots`]: 'made', [`${neighbour}-bots`]: 'made', climbers: 'made' },
      serviceAccounts: { [`svc-${name}`]: 'made', [`svc-${neighbour}`]: 'made' },
      vaultField: 'made',
    },
    delivered: {
      ...record.delivered,
      consumers: [...record.delivered.consumers, ...literally, deployed],
      files: ['oidc-clients/zot.yaml'],
    },
  };
  await bed.world.repository.commitAs('Mallory', { [recordOf(name)]: stringify(forged) }, 'Correct the record');
  const before = await ofOthers(neighbour);
  expect(before.groups).toHaveLength(2);

  // A change that no longer asks for them, and so takes out what the record says it made, and where the secret was brought.
  const modest = { ...greedy, spec: { ...greedy.spec, vaultField: 'climbers-client-secret', consumers: [] } };
  expect((await bed.register(name, modest)).outcome).toBe('registered');
  expect(await ofOthers(neighbour)).toEqual(before);
  expect(await bed.world.repository.read('hosts/attic.yml')).not.toContain(`${name}_secret`);
  const result = await deregister(bed, name, { registration: modest, purge: true });

  expect(result.outcome).toBe('deregistered');
  expect(await ofOthers(neighbour)).toEqual(before);
  expect(result.kept.map(({ what }) => what)).toContain('vault field climbers-client-secret');
  expect(groupNames()).not.toContain(`${name}-bots`);
});

it('keeps and lists what a person made under its names while the run was on its way', async () => {
  const name = 'raced';
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: name, mayApply: true });
  await holdStep(bed.world, 'generateSecret', { land: 'last' });
  const handle = await bed.start(name, clientNamed(name));
  await bed.untilRunning(handle, 'generateSecret');
  personsGroup(`${name}-bots`);

  const failure = await bed.failure(handle);

  expect(failure.kept).toMatchObject([
    {
      what: expect.stringContaining(`Authentik group ${name}-bots`),
      why: expect.stringContaining('does not bear the mark'),
    },
  ]);
  expect(groupNames()).toContain(`${name}-bots`);
  expect(bed.world.authentik.database.rows.users.map(({ username }) => username)).not.toContain(`svc-${name}`);
});

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
  });

  it('is told of where nothing knows of it any more', async () => {
    await bed.register('unseen', clientNamed('unseen'));
    await forget('unseen');
    await bed.world.repository.commitAs('Ann', { [recordOf('unseen')]: null }, 'Tidy up');
    const result = await bed.register('unseen', without('unseen'));
    expect(result.outcome).not.toBe('unchanged');
    const told = /hosts\/attic\.yml:\d+ reads its secret unseen-client-secret/;
    expect(result.remaining.join()).toMatch(told);
    expect((await bed.register('unseen', without('unseen'))).warnings.join()).toMatch(told);
  });
});
