import { refused } from '../../core/base/errors.ts';
import type { Names } from '../../core/names/names.ts';
import { type Job, editsResource } from '../../core/run/job.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { Deps } from '../deps.ts';
import { StableFor, patienceMs, standstillMs } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { failedSince } from '../state/externalSecretHealth.ts';
import { liveBlueprints, liveExternalSecret, liveRollout, objectRef, resourcesOf } from '../state/ourResources.ts';
import { ask, told } from './problems.ts';
import type { SharedObjects, ClusterFacts } from './world.ts';

type Configured = Pick<Deps, 'installation'>;

export async function readShared(deps: Deps, names?: Names): Promise<SharedObjects> {
  const asks = names === undefined || resourcesOf(names).includes('externalSecret');
  return {
    externalSecret: asks ? await ask(() => liveExternalSecret(deps)) : undefined,
    deployment: await ask(() => deps.cluster.get(objectRef(deps, 'deployment'))),
  };
}

/** What was told of the ExternalSecret. Throws the refusal. A run that was to ask nothing of it has lost its way. */
export function toldOfSecret({ externalSecret }: Pick<SharedObjects, 'externalSecret'>): ExternalSecretState {
  if (externalSecret === undefined) throw new TypeError('of a public client nobody asks the ExternalSecret');
  return told(externalSecret);
}

/** Waits until no roll-out is under way, then reads. */
export async function readCluster(deps: Deps, names?: Names): Promise<ClusterFacts> {
  const rollout = await ask(() => quietRollout(deps));
  return { rollout, ...(await readShared(deps, names)), blueprints: await ask(() => liveBlueprints(deps)) };
}

/** An ExternalSecret that is not well cannot prove anything: its Secret keeps old values of every key. Throws `Refused`. */
export function assertRefreshed(deps: Configured, state: ExternalSecretState): void {
  const { name } = deps.installation.authentik.externalSecret;
  if (!state.store.ready) {
    throw refused(
      'External Secrets',
      `${state.store.kind} ${state.store.name} is not Ready: ${state.store.message}`,
      'Mend the store first.',
    );
  }
  if (!state.ready || failedSince(state)) {
    const why = state.lastFailure?.message ?? state.readyMessage;
    throw refused(
      'External Secrets',
      `ExternalSecret ${name} is not refreshed well: ${why}`,
      'Mend what it names first; one bad key stops all.',
    );
  }
  assertDelivers(deps, state);
}

/** Judges an ExternalSecret by what is written in it alone: whether it is refreshed well may change by the minute. Throws `Refused`. */
export function assertDelivers(deps: Configured, state: ExternalSecretState): void {
  const { name } = deps.installation.authentik.externalSecret;
  if (state.ignoresForceSync !== undefined) {
    throw refused(
      'External Secrets',
      `ExternalSecret ${name} ignores changes: ${state.ignoresForceSync}`,
      'Give it a refreshInterval above 0.',
    );
  }
}

/** The whole object, in bytes (Kubernetes documentation, "ConfigMaps"). */
const CONFIGMAP_LIMIT = 1024 * 1024;

/** Client-side apply keeps the object in an annotation, and all annotations together may have 256 KiB. */
const APPLY_LIMIT = 256 * 1024;

/** Whether the ConfigMap has room for one section more. Throws `Refused`; gives a warning where a plain apply would fail. */
export function roomFor(
  deps: Configured,
  blueprints: Readonly<Record<string, string>>,
  blueprintText: string,
): readonly string[] {
  const { configMap } = deps.installation.authentik.blueprints;
  const texts = [...Object.values(blueprints), blueprintText];
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > CONFIGMAP_LIMIT) {
    const remedy = 'Move sections to a ConfigMap of their own, mounted beside it.';
    throw refused(
      'Kubernetes',
      `ConfigMap ${configMap} would hold ${size} bytes, more than the ${CONFIGMAP_LIMIT} it may`,
      remedy,
    );
  }
  if (size < APPLY_LIMIT) return [];
  return [`ConfigMap ${configMap} holds ${size} bytes: only a server-side apply takes more than ${APPLY_LIMIT}`];
}

/**
 * Another roll-out may be under way, of a run under `land: first`, or of a controller such as Reloader after the run before: its end is
 * waited for, as long as something moves.
 */
async function quietRollout(deps: Deps): Promise<RolloutState> {
  const { gitops, timings } = deps.installation;
  const remedy = seeRollout(deps);
  const moving = new StableFor();
  return waitUntil('Kubernetes', remedy, timings.pollMs, async () => {
    const rollout = await liveRollout(deps);
    const state = rollout.failure ?? rollout.summary;
    const well = rollout.complete && rollout.failure === undefined;
    const patience = rollout.failure === undefined ? standstillMs(deps) : patienceMs(deps, gitops.land);
    const still = well || rollout.paused || moving.lasts(state, patience);
    return still ? { done: rollout } : { waiting: `another roll-out is under way: ${state}` };
  });
}

function seeRollout({ installation }: Configured): string {
  return `See kubectl rollout status deployment ${installation.authentik.deployment.name}.`;
}

/** A Deployment that cannot roll out now would leave the run waiting for pods that never come. Throws `Refused`. */
export function assertRollsOut(deps: Configured, rollout: RolloutState, job: Pick<Job, 'continued' | 'edits'>): void {
  const { name } = deps.installation.authentik.deployment;
  const remedy = seeRollout(deps);
  if (rollout.paused) throw refused('Kubernetes', `Deployment ${name} is paused`, 'Resume its roll-out first.');
  if (rollout.replicas === 0)
    throw refused('Kubernetes', `Deployment ${name} has zero replicas`, 'Scale it up first: Authentik needs a worker.');
  if (rollout.failure !== undefined)
    throw refused('Kubernetes', `Deployment ${name} is not well: ${rollout.failure}`, remedy);
  // A dead run may have been in the middle of its own roll-out; the steps wait for it.
  if (!rollout.complete && !job.continued)
    throw refused('Kubernetes', `the last roll-out of Deployment ${name} is unfinished: ${rollout.summary}`, remedy);
  // Without an entry that names a key a pod starts, whether its Secret has the key or not.
  if (deps.installation.gitops.land === 'first' && rollout.canReachZero && editsResource(job, 'deployment')) {
    throw refused(
      'Kubernetes',
      `the strategy of Deployment ${name} stops the last old pod before a new one is ready; with land: first the pod may come before its Secret`,
      'Use a RollingUpdate with maxUnavailable: 0.',
    );
  }
}
