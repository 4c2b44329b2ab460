import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/createActivities.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { registrationSchema } from '../../core/registration/registration.ts';
import { PATCHES } from '../../core/run/patches.ts';
import type { RemovalSpec } from '../../core/run/removal.ts';
import { resolveNames } from '../../core/names/names.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import { isReference } from '../../core/run/jobReference.ts';
import type { Land } from '../../core/run/steps.ts';
import { wantedState } from '../../core/authentik/wantedState.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

/** The names of the activities in the order in which they were run. */
type Journal = string[];

export interface Fakes {
  readonly journal: Journal;
  readonly activities: Activities;
}

/** Activities that only write down that they were run; `over` replaces some of them. */
export function fakeActivities(
  land: Land,
  over: Partial<Activities> = {},
  unchanged = false,
  targets: readonly RotationConsumer[] = [],
): Fakes {
  const journal: Journal = [];
  const plan = planOf(land, unchanged);
  const plain: Activities = {
    describeInstallation: async () => ({
      digest: 'digest',
      land,
      applications: ['authentik'],
      // Few looks a day: each costs real time.
      timings: timingsSchema.parse({ turnPollMs: 3_600_000 }),
      searchable: false,
    }),
    diagnose: async () => ({ version: '', retentionMs: 0, findings: [] }),
    preflightBeforeTurn: async () => ({}),
    acquireTurn: async ({ changeId }) => ({ changeId, note: 'the turn is ours' }),
    preflight: async ({ changeId }) => ({ ...plan, job: { ...plan.job, changeId } }),
    planChange: async ({ client }) => ({
      client,
      unchanged: true,
      files: [],
      actions: [],
      warnings: [],
      remaining: [],
    }),
    renewPods: async () => ({}),
    generateSecret: async () => ({}),
    storeSecret: async () => ({}),
    awaitDeployed: async () => ({}),
    patchExternalSecret: async () => ({}),
    syncBlueprint: async () => ({ asked: { instance: 'pk', knownTasks: [], lastApplied: '' } }),
    pollBlueprintStatus: async () => ({}),
    renderAnsibleFiles: async () => ({}),
    deliverToConsumers: async () => ({}),
    verifyRegistration: async () => ({ checks: [] }),
    landChange: async () => ({ state: 'landed', commit: 'abc', note: '' }),
    awaitMerge: async () => ({ state: 'landed', commit: 'abc', note: '' }),
    cleanUp: async () => ({}),
    reconcileSchedule: async () => [],
    notify: async () => undefined,
    settleLanding: async () => ({ state: 'notLanded' }),
    undoDeliverToConsumers: async () => done,
    undoSyncBlueprint: async () => done,
    undoPatchExternalSecret: async () => done,
    undoStoreSecret: async () => done,
    undoGenerateSecret: async () => done,
    leftInAuthentik: async () => [],
    revertChange: async () => done,
    deleteRunBranch: async () => done,
    releaseTurn: async () => done,
    planRemoval: async ({ changeId }) => ({ ...plan, job: { ...plan.job, changeId, removal } }),
    takeFromConsumers: async () => ({}),
    takeOutBlueprint: async () => ({}),
    takeOutExternalSecret: async () => ({}),
    removeApplication: async () => ({ removed: ['Authentik application zot'] }),
    verifyRemoval: async () => ({ checks: [] }),
    removeAccounts: async () => ({}),
    retireSecret: async () => ({}),
    undoTakeFromConsumers: async () => done,
    undoTakeOutBlueprint: async () => done,
    undoTakeOutExternalSecret: async () => done,
    undoRemoveApplication: async () => done,
    listClients: async () => [],
    checkBasis: async ({ client, digest }) => {
      const { registration, names, wanted } = plan.job;
      return { client, digest, base: 'base', registration, names, wanted, blueprint: undefined, open: [] };
    },
    checkGit: async () => nothing,
    checkCluster: async () => nothing,
    checkAuthentik: async () => nothing,
    checkSecret: async () => nothing,
    checkRuns: async () => ({ ...nothing, open: [] }),
    preflightRotation: async ({ changeId }) => ({
      job: { ...plan.job, changeId, stage: 'fresh', targets },
      warnings: [],
    }),
    createSecret: async () => ({}),
    setSecret: async () => ({ asked: { instance: 'pk', knownTasks: [], lastApplied: '' }, askedAt: 1_000 }),
    testSecret: async () => ({ checks: [], at: 2_000 }),
    applyAtConsumer: async () => ({ at: 3_000 }),
    probeConsumer: async () => ({ at: 4_000 }),
    finishRotation: async () => ({}),
    restoreConsumer: async () => done,
    restoreSecret: async () => done,
    undoCreateSecret: async () => done,
  };
  const { describeInstallation, ...rest } = { ...plain, ...over };
  // Whatever an installation is, its worker is of today.
  const chosen: Activities = {
    ...rest,
    describeInstallation: async (...asked) => ({ patches: PATCHES, ...(await describeInstallation(...asked)) }),
  };
  const jobs = new PlannedHere();
  const noted = Object.entries(chosen).map(([name, activity]) => [
    name,
    async (...args: unknown[]) => {
      journal.push(name);
      return jobs.note(await (activity as (...all: unknown[]) => Promise<unknown>)(...jobs.given(args)));
    },
  ]);
  return { journal, activities: Object.fromEntries(noted) as Activities };
}

/** The jobs that activities here have planned, for those that are given references to them. */
export class PlannedHere {
  readonly #jobs = new Map<string, Job>();

  note<T>(answer: T): T {
    const { job } = (answer ?? {}) as Partial<Plan>;
    if (job !== undefined) this.#jobs.set(job.changeId, job);
    return answer;
  }

  given(args: readonly unknown[]): readonly unknown[] {
    return args.map((each) => (isReference(each) ? { ...this.#jobs.get(each.changeId), ...each.changed } : each));
  }
}

const removal: RemovalSpec = {
  purge: false,
  force: false,
  retiredLabel: 'zot-client-secret (deregistered)',
  ours: { application: true, provider: true, instance: true },
  older: { groups: [], users: [], vaultField: false },
  sharedGroups: [],
  committed: false,
};

/** As where people merge what is proposed. */
export const preflightForPeople: Activities['preflight'] = async (request) => {
  const plan = await fakeActivities('last').activities.preflight(request);
  return { ...plan, job: { ...plan.job, landBy: 'pullRequest' } };
};

/** Nothing to complain about. */
const nothing = { present: true, findings: [] };

const done = { undone: [], kept: [], blocks: false } as const;

function planOf(land: Land, unchanged: boolean): Plan {
  const installation = installationSchema.parse(caseInstallation);
  const registration = registrationSchema.parse(zotRegistration);
  const names = resolveNames(registration, installation);
  const job: Job = {
    client: 'zot',
    changeId: '',
    branch: 'oidc-registrar/zot-x',
    base: 'base',
    digest: 'digest',
    land,
    registration,
    names,
    blueprint: { text: '', hash: '' },
    wanted: wantedState(registration, installation, names),
    mode: 'apply',
    edits: [],
    before: {
      known: true,
      vaultField: false,
      instance: false,
      application: false,
      provider: false,
      groups: [],
      users: [],
    },
    continued: false,
  };
  return { job, unchanged, warnings: [], remaining: [] };
}

/** As the worker's border makes it of an error of a system. */
export function failure(
  type: string,
  message: string,
  options: { retryable?: boolean; retryAfterMs?: number; untouched?: boolean } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: options.retryable !== true,
    details: [{ system: 'test', remedy: `Mend ${type}.`, ...(options.untouched === true ? { untouched: true } : {}) }],
    ...(options.retryAfterMs === undefined ? {} : { nextRetryDelay: options.retryAfterMs }),
  });
}
