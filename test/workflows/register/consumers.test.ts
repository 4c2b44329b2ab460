import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import { registrationSchema, type RegistrationInput } from '../../../core/registration/registration.ts';
import type { Job, Plan } from '../../../core/run/job.ts';
import type { Land } from '../../../core/run/steps.ts';
import type { ProgressView } from '../../../core/run/progress.ts';
import type { UndoReport } from '../../../core/run/reports.ts';
import { zotRegistration } from '../../fixtures/zot.ts';
import { failure, fakeActivities, type Fakes } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { eventually } from '../../fixtures/polling.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// What consumers add to a registration: a delivery that is taken back first, and a person who runs a playbook.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

type Consumer = NonNullable<RegistrationInput['spec']['consumers']>[number];

const external: Consumer = {
  kind: 'externalSecret',
  file: 'apps/zot/secret.yaml',
  name: 'zot-oidc',
  namespace: 'registry',
  secretStoreRef: { name: 'vault' },
};
const byPerson = { ...(zotRegistration.spec.consumers[0] as Consumer), apply: 'confirm' } as Consumer;

function fakesFor(land: Land, consumers: readonly Consumer[], over: Partial<Activities> = {}): Fakes {
  const { activities } = fakeActivities(land);
  const registration = registrationSchema.parse({ ...zotRegistration, spec: { ...zotRegistration.spec, consumers } });
  const preflight: Activities['preflight'] = async (request) => {
    const plan = (await activities.preflight(request)) as Plan;
    const edits: Job['edits'] = registration.spec.consumers.flatMap((consumer, index) =>
      consumer.kind === 'externalSecret'
        ? [{ step: 'deliverToConsumers', entry: `consumerSecret/${index}`, path: consumer.file, kind: 'created' }]
        : [],
    );
    const job: Job = { ...plan.job, registration, edits };
    return { ...plan, job };
  };
  return fakeActivities(land, { preflight, ...over });
}

async function untilAsked(handle: WorkflowHandle, words = '--name confirm'): Promise<string> {
  const asked = async (): Promise<string> => {
    const view = await handle.query<ProgressView>('progress').catch(() => undefined);
    return view?.steps.find(({ name }) => name === 'confirmConsumers')?.note ?? '';
  };
  return eventually(asked, (note) => note.includes(words));
}

/** How a run failed, taken apart. */
async function reportOf(handle: WorkflowHandle): Promise<UndoReport & { readonly type: string }> {
  const error = await handle.result().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  const { type = '', details } = (error as { cause: { type?: string; details?: readonly unknown[] } }).cause;
  return { ...(details?.[0] as UndoReport), type };
}

it('the secret is delivered before the verification, and taken back before the vault field', async () => {
  const verifyRegistration = async (): Promise<never> => {
    throw failure('Failed', 'it is not so');
  };
  const fakes = fakesFor('last', [external], { verifyRegistration });
  await runRegistration(env, fakes.activities, async (handle) => reportOf(handle));
  expect(fakes.journal.slice(fakes.journal.indexOf('renderAnsibleFiles'))).toEqual([
    'renderAnsibleFiles',
    'deliverToConsumers',
    'verifyRegistration',
    'settleLanding',
    'undoDeliverToConsumers',
    'undoSyncBlueprint',
    'undoPatchExternalSecret',
    'undoStoreSecret',
    'undoGenerateSecret',
    'deleteRunBranch',
    'releaseTurn',
  ]);
});

it('a delivery that cannot be taken back keeps the vault field, and the branch that tells of it', async () => {
  const undoDeliverToConsumers = async (): Promise<never> => {
    throw failure('Refused', 'the cluster is gone');
  };
  const verifyRegistration = async (): Promise<never> => {
    throw failure('Failed', 'it is not so');
  };
  const fakes = fakesFor('first', [external], { verifyRegistration, undoDeliverToConsumers });
  const report = await runRegistration(env, fakes.activities, async (handle) => reportOf(handle));
  expect(report.type).toBe('UndoIncomplete');
  expect(report.kept.map(({ what }) => what)).toEqual([
    'the ExternalSecrets of the consumers of zot',
    'vault field zot-client-secret',
    'the pending vault field of zot-client-secret',
    'branch oidc-registrar/zot-x',
  ]);
  expect(fakes.journal).not.toContain('undoStoreSecret');
});

it('a person runs the playbook from the branch, confirms, and only then the change lands', async () => {
  const fakes = fakesFor('last', [byPerson]);
  const result = await runRegistration(env, fakes.activities, async (handle) => {
    expect(await untilAsked(handle)).toContain('git checkout oidc-registrar/zot-x && ansible-playbook');
    expect(fakes.journal.at(-1)).toBe('renderAnsibleFiles');
    expect(await handle.executeUpdate('confirm')).toContain('goes on');
    return handle.result();
  });
  expect(result).toMatchObject({ outcome: 'registered', changed: ['Ansible role zot'] });
});

/** What another person runs, who is asked after the first. */
const second = { ...byPerson, role: 'too', playbook: 'hosts/too.yml', tags: ['too'] } as Consumer;

async function untilSecond(handle: WorkflowHandle): Promise<void> {
  await untilAsked(handle);
  await handle.executeUpdate('confirm');
  await untilAsked(handle, '--tags too');
}

it('before each person is asked, what was deployed ahead of the target branch is looked at', async () => {
  const fakes = fakesFor('last', [byPerson, second]);
  await runRegistration(env, fakes.activities, async (handle) => {
    await untilSecond(handle);
    expect(fakes.journal.slice(-2)).toEqual(['renderAnsibleFiles', 'renderAnsibleFiles']);
    await handle.executeUpdate('confirm');
    return handle.result();
  });
  expect(fakes.journal.filter((name) => name === 'renderAnsibleFiles')).toHaveLength(2);
});

it('whom a sync has made it pointless to ask is not asked, and all is taken back', async () => {
  let looks = 0;
  const renderAnsibleFiles = async (): Promise<object> => {
    looks += 1;
    if (looks > 1) throw failure('Refused', 'a sync took it away');
    return {};
  };
  const fakes = fakesFor('last', [byPerson, second], { renderAnsibleFiles });
  const report = await runRegistration(env, fakes.activities, async (handle) => {
    await untilAsked(handle);
    await handle.executeUpdate('confirm');
    return reportOf(handle);
  });
  expect(looks).toBe(2);
  // What the playbook of the first has written, and that alone.
  expect(report.kept.map(({ what }) => what)).toEqual([
    '{{ zot_config_dir }}/oidc-credentials.json on the hosts of ansible/playbooks/indri.yml',
  ]);
});

it('where all is on the target branch already, no look comes between two people', async () => {
  const fakes = fakesFor('first', [byPerson, second]);
  await runRegistration(env, fakes.activities, async (handle) => {
    await untilSecond(handle);
    await handle.executeUpdate('confirm');
    return handle.result();
  });
  expect(fakes.journal.filter((name) => name === 'renderAnsibleFiles')).toHaveLength(1);
});

it('where nobody confirms, or the run is cancelled, all is taken back and what the playbook may have written is told', async () => {
  const silent = await runRegistration(env, fakesFor('first', [byPerson]).activities, async (handle) =>
    reportOf(handle),
  );
  expect(silent.type).toBe('UndoIncomplete');
  expect(silent.kept).toEqual([
    {
      what: expect.stringContaining('on the hosts of ') as unknown,
      why: 'a person was asked to run the playbook of Ansible role zot, and its secret is taken back.',
      remedy: expect.stringContaining('Delete the file') as unknown,
    },
  ]);

  const fakes = fakesFor('last', [byPerson]);
  await runRegistration(env, fakes.activities, async (handle) => {
    await untilAsked(handle);
    await handle.cancel();
    return reportOf(handle);
  });
  expect(fakes.journal).toContain('undoStoreSecret');
});

it('a registration without such consumers schedules nothing for them', async () => {
  const fakes = fakesFor('last', []);
  await runRegistration(env, fakes.activities, async (handle) => handle.result());
  expect(fakes.journal.filter((name) => /consumer/i.test(name))).toEqual([]);
});
