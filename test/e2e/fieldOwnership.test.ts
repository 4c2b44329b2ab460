import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { deleteSchedule, setSchedule } from '../../client/commands/schedule.ts';
import type { ChangePlan } from '../../core/plan/plan.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { failDeregistration } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type Failed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Who may write a registration may name any field of the vault item, and in the sample it holds Authentik's own secrets too.

const sample = await sampleLayout('manual');

/** A client without consumers, whose secret is this field. */
function withField(name: string, vaultField: string): RegistrationInput {
  const client = clientNamed(name);
  return { ...client, spec: { ...client.spec, vaultField, consumers: [] } };
}

const WORKER = 'identity/authentik/worker.yaml';
const layout: Layout = {
  ...sample,
  vaultFields: [...sample.vaultFields, 'key-of-backups'],
  files: {
    ...sample.files,
    'oidc-clients/one.yaml': stringify(withField('one', 'shared')),
    'oidc-clients/other.yaml': stringify(withField('other', 'shared')),
    'oidc-clients/shown.yaml': stringify(rotatable('shown', 'manual', 'none')),
  },
};

let bed: TestBed;
useTestBed({ layout, notify: 'json' }, (started) => {
  bed = started;
});

type Refusal = Pick<Failed, 'type' | 'message'>;

/** Why a workflow failed, told from below those that it ran. */
async function refusalOf(handle: WorkflowHandle): Promise<Refusal> {
  let error: unknown = await handle.result().then(
    (result) => new Error(`it ended well: ${JSON.stringify(result)}`),
    (failure: unknown) => failure,
  );
  while (error instanceof Error && !(error instanceof ApplicationFailure) && error.cause !== undefined)
    error = error.cause;
  if (!(error instanceof ApplicationFailure)) throw error;
  return { type: error.type ?? '', message: error.message };
}

async function failPlan(input: RegistrationInput): Promise<Refusal> {
  const options = { taskQueue: IDS.taskQueue, workflowId: `plan/${input.metadata.name}`, args: [input] };
  return refusalOf(await bed.client.workflow.start('planClient', options));
}

/** What all refuse, before anything is written: vault, repository, clusters and Authentik are as they were. */
async function refused(...failures: readonly (() => Promise<Refusal>)[]): Promise<readonly string[]> {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const writes = bed.vaultWrites();
  const found: Refusal[] = [];
  for (const fail of failures) found.push(await fail());
  expect(found.map(({ type }) => type)).toEqual(found.map(() => 'Refused'));
  await bed.expectAsBefore(before);
  expect(bed.vaultWrites()).toBe(writes);
  return found.map(({ message }) => message);
}

const rotation = (input: RegistrationInput) => async () =>
  bed.failure(await bed.startRotation(input.metadata.name, input));

describe('a field that is not the client’s is refused by plan, registration and rotation', () => {
  it.each([
    ['secret-key', `variable AUTHENTIK_SECRET_KEY of Deployment identity/authentik-worker reads it (${WORKER})`],
    ['database-password', `variable AUTHENTIK_POSTGRESQL__PASSWORD of Deployment identity/authentik-worker`],
    ['wiki-client-secret', 'variable AUTHENTIK_WIKI_CLIENT_SECRET of Deployment identity/authentik-worker'],
    ['key-of-backups', 'nothing proves that it is this client’s'.replace('’', "'")],
    ['shared', 'the registration of client one names field shared'],
  ])('%s', async (vaultField, says) => {
    const thief = withField('thief', vaultField);
    const messages = await refused(
      () => failPlan(thief),
      () => bed.fail('thief', thief),
      ...(vaultField === 'shared' ? [] : [rotation(thief)]),
    );
    for (const message of messages) {
      expect(message).toContain(`field "${vaultField}" of item "Authentik (orchard)"`);
      expect(message).toContain(says);
    }
  });

  it('is so where an older value beside it looks like a rotation that ended half-way', async () => {
    const { itemId } = bed.world.installation.vault;
    const label = 'secret-key-previous';
    const value = 'an-older-key-that-people-kept';
    bed.world.connect.edit(itemId, (item) => item.fields.push({ label, value, type: 'CONCEALED' }));
    const [message] = await refused(() => bed.fail('thief', withField('thief', 'secret-key')));
    expect(message).toContain('variable AUTHENTIK_SECRET_KEY of Deployment');
    bed.world.connect.edit(itemId, (item) => {
      item.fields = item.fields.filter((field) => field.label !== label);
    });
  });

  it('names whose blueprint a variable is for', async () => {
    const { message } = await failPlan(withField('thief', 'wiki-client-secret'));
    expect(message).toContain('for blueprint wiki.yaml');
  });
});

describe('two registrations with one field', () => {
  it('are both refused while neither is registered', async () => {
    const messages = await refused(
      () => bed.fail('one'),
      () => bed.fail('other'),
    );
    expect(messages[0]).toContain('the registration of client other names field shared');
    expect(messages[1]).toContain('the registration of client one names field shared');
  });

  it('leave it to the one that has it', async () => {
    const owner = withField('owner', 'owned');
    await bed.register('owner', owner);
    const messages = await refused(
      () => failPlan(withField('thief', 'owned')),
      () => bed.fail('thief', withField('thief', 'owned')),
      rotation(withField('thief', 'owned')),
    );
    for (const message of messages)
      expect(message).toContain('variable AUTHENTIK_OWNER_CLIENT_SECRET of Deployment identity/authentik-worker');
    expect((await bed.register('owner', owner)).outcome).toBe('unchanged');
  });
});

describe('a field that Authentik has come to read under another name', () => {
  const client = clientNamed('lent');
  let text: string;

  beforeAll(async () => {
    await bed.register('lent', client);
    text = await bed.world.repository.read(WORKER);
    const further = `env:
            - name: AUTHENTIK_EMAIL__PASSWORD
              valueFrom: { secretKeyRef: { name: authentik-env, key: lent-client-secret } }`;
    await bed.world.repository.commitAs('ada', { [WORKER]: text.replace('env:', further) }, 'Mail by the same secret');
    await bed.world.fullSync();
    await bed.world.settled();
  });

  it('is neither rotated nor purged, whatever is forced', async () => {
    const messages = await refused(rotation(client), () =>
      failDeregistration(bed, 'lent', { registration: client, purge: true, force: true }),
    );
    for (const message of messages) expect(message).toContain('variable AUTHENTIK_EMAIL__PASSWORD of Deployment');
  });

  it('is the client’s again once that is taken out', async () => {
    await bed.world.repository.commitAs('ada', { [WORKER]: text }, 'Mail by a secret of its own');
    await bed.world.fullSync();
    await bed.world.settled();
    expect((await bed.register('lent', client)).outcome).toBe('unchanged');
  });
});

describe('a reader that the registration does not declare', () => {
  const says = 'key secret of ExternalSecret shown/shown-oidc (apps/shown/external-secret.yaml)';

  beforeAll(async () => {
    await bed.register('shown');
    await bed.world.consumer.byHand('shown');
    const byHand = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'shown-oidc', namespace: 'shown' },
      spec: {
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-orchard' },
        data: [{ secretKey: 'secret', remoteRef: { key: 'Authentik (orchard)', property: 'shown-client-secret' } }],
      },
    };
    const files = { 'apps/shown/external-secret.yaml': stringify(byHand) };
    await bed.world.repository.commitAs('ada', files, 'Read the secret by hand');
    await bed.world.settled();
  });

  it('is a warning of the plan and of the registration', async () => {
    const options = { taskQueue: IDS.taskQueue, workflowId: 'plan/shown', args: [{ client: 'shown' }] };
    const plan = (await bed.client.workflow.execute('planClient', options)) as ChangePlan;
    expect(plan.warnings.join('\n')).toContain(says);
    const result = await bed.register('shown');
    expect(result.outcome).toBe('unchanged');
    expect(result.warnings.join('\n')).toContain(says);
  });

  it('is told and keeps its secret where a schedule would rotate it', async () => {
    await setSchedule(bed.client, 'shown', { every: '90d' }, () => undefined);
    const schedule = bed.client.schedule.getHandle(IDS.schedule('shown'));
    const told = bed.world.webhook?.received.length ?? 0;
    const messages = await refused(async () => {
      await schedule.trigger();
      const [run] = await eventually(
        async () => (await schedule.describe()).info.recentActions,
        (actions) => actions.length > 0,
      );
      return refusalOf(bed.client.workflow.getHandle(run?.action.workflow.workflowId ?? ''));
    });
    expect(messages.join()).toContain(`the registration of shown does not declare who else reads vault field`);
    expect(messages.join()).toContain(says);
    expect(bed.world.webhook?.received.slice(told).map((body) => String(body['title']))).toEqual([
      'OIDC client shown was not rotated',
    ]);
    await deleteSchedule(bed.client, 'shown', () => undefined);
  });

  it('is in the question to the person who rotates, and in the result', async () => {
    const handle = await bed.startRotation('shown');
    const asked = (name: string) => (view: { steps: readonly { name: string; note?: string }[] }) =>
      view.steps.some((each) => each.name === name && each.note?.includes('waits for a person') === true);
    const view = await bed.until(handle, asked('ready'), 'the question');
    expect(view.steps.find(({ name }) => name === 'ready')?.note).toContain(says);
    // Who looks at the run may see the question before the people who are told of it.
    await eventually(
      () => String(bed.world.webhook?.received.at(-1)?.['text']),
      (text) => text.includes(says),
    );
    await handle.executeUpdate('ready');
    await bed.until(handle, asked('distribute'), 'the turn of the person');
    await bed.world.consumer.byHand('shown');
    await handle.executeUpdate('confirm');
    const result = await bed.resultOf<RotateResult>(handle);
    expect(result.outcome).toBe('rotated');
    expect(result.warnings.join('\n')).toContain(says);
  });
});
