import { type RegistrarError, refused } from '../../core/base/errors.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { Job, Repair } from '../../core/run/job.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import { differencesOf } from '../../core/authentik/wantedState.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { hashesOf } from '../state/liveSection.ts';
import { ourEntry } from '../state/ourEntry.ts';
import { secretFacts } from '../state/secretFacts.ts';
import { consumerChecks } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import { resourcesOf } from '../state/ourResources.ts';
import { byInstance, lackingToChange, missing } from './authentik.ts';
import type { ExistingObjects, Drift, World } from './world.ts';

export function isRepair({ input }: Pick<PreflightRequest, 'input'>): boolean {
  return 'client' in input && input.repair === true;
}

/** Whether what Authentik holds under our names is ours: the target branch has something of the client in the job's words. */
export function isRegistered(job: Job, { application, byName, byClientId, instance }: ExistingObjects): boolean {
  const there = application !== undefined || byName !== undefined || instance !== undefined;
  const others =
    byClientId !== undefined && byClientId.pk !== byName?.pk && byClientId.applicationSlug !== job.names.slug;
  return there && !others && !job.continued && job.edits.some((edit) => edit.kind === 'alreadyThere');
}

export async function readDrift(
  deps: Deps,
  job: Job,
  contents: VaultContents,
  occupied: ExistingObjects,
): Promise<Drift> {
  return {
    applied: await pathsApplied(deps, job, occupied),
    ...(await secretFacts(deps, job, contents)),
    live: await liveReasons(deps, job),
    consumers: await consumerReasons(deps, job),
  };
}

type Repaired = Pick<World, 'job' | 'occupied' | 'state' | 'drift'>;

/**
 * What a repair has to do beyond the steps that always run; undefined where nothing has drifted. Applying the blueprint again
 * mends what it names. Pure.
 */
export function repairOf({ job, occupied, state, drift }: Repaired): Repair | undefined {
  if (drift === undefined) return undefined;
  const { delivered, accepted, stalePods = [], pending, live, clientId } = drift;
  const leftovers = pending.filter((changeId) => changeId !== job.changeId);
  const reasons = [
    ...job.edits
      .filter(({ kind }) => kind !== 'alreadyThere')
      .map(({ path, kind }) => `${path} ${kind === 'updated' ? 'said something else' : 'lacked an entry'}`),
    ...live.flatMap(({ reasons: each }) => each),
    ...drift.consumers,
    ...appliedReasons(drift, job, occupied),
    ...differencesOf(job.wanted, state).map(({ what }) => what),
    ...wrongSecret(drift),
    ...(delivered === false ? ["the Secret did not hold the vault's value"] : []),
    ...(clientId?.field === 'missing' ? [`the vault had no field "${clientId.vaultField}"`] : []),
    ...(clientId?.delivered === false ? ['the Secret did not hold the client id'] : []),
    ...(stalePods.length > 0 ? [`${stalePods.join(', ')} may have held an older secret`] : []),
    ...leftovers.map((changeId) => `a pending vault field was left of change ${changeId}`),
  ];
  if (reasons.length === 0) return undefined;
  const newSecret = delivered === false || accepted === 'wrong';
  const isStale = newSecret || stalePods.length > 0 || clientId?.delivered === false;
  const restart = deliveryOf(job.names).frozen && isStale;
  const deploy = live.filter(({ reasons: each }) => each.length > 0).map(({ resource }) => resource);
  return { reasons, deploy, restart, newSecret, leftovers };
}

function wrongSecret({ accepted }: Drift): readonly string[] {
  return accepted === 'wrong' ? ["Authentik does not accept the vault's value"] : [];
}

async function liveReasons(
  deps: Deps,
  job: Job,
): Promise<readonly { readonly resource: OurResource; readonly reasons: readonly string[] }[]> {
  return Promise.all(
    resourcesOf(job.names).map(async (resource) => ({
      resource,
      reasons: (await ourEntry(deps, job, resource)).findings.map(({ what }) => what),
    })),
  );
}

async function consumerReasons(deps: Deps, job: Job): Promise<readonly string[]> {
  return (await consumerChecks(deps, job)).filter(({ ok }) => !ok).map(({ detail }) => detail);
}

/** Paths of the client's blueprints of which Authentik has applied the text that is asked for. */
async function pathsApplied(deps: Deps, job: Job, occupied: ExistingObjects): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const { part, instance } of byInstance(job, occupied)) {
    const isOurs = hashesOf(deps, part, part.blueprint.text);
    if (instance !== undefined && (await isOurs(instance.lastAppliedHash))) applied.push(part.names.blueprintPath);
  }
  return applied;
}

/** Why the blueprint's instance is not well, apart from its objects. */
function appliedReasons({ applied }: Drift, job: Job, occupied: ExistingObjects): readonly string[] {
  return byInstance(job, occupied).flatMap((section) => reasonsOf(section, applied));
}

function reasonsOf(
  { part: { names }, instance }: ReturnType<typeof byInstance<Job>>[number],
  applied: Drift['applied'],
): readonly string[] {
  if (instance === undefined) return [`Authentik had no instance of ${names.blueprintPath}`];
  if (!instance.enabled) return [`the instance of ${names.blueprintPath} was disabled`];
  if (instance.status !== 'successful') return [`blueprint ${names.blueprintPath} said "${instance.status}"`];
  return applied.includes(names.blueprintPath) ? [] : [`another text of ${names.blueprintPath} was applied`];
}

/** A repair enables an instance that somebody disabled, where the token may. */
export function mayEnable({
  job,
  occupied,
  drift,
  permissions,
}: Repaired & Pick<World, 'permissions'>): readonly RegistrarError[] {
  if (drift === undefined || job.mode !== 'apply') return [];
  const disabled = byInstance(job, occupied).flatMap(({ instance }) =>
    instance?.enabled === false ? instance.path : [],
  );
  const lacking = disabled.length === 0 ? [] : lackingToChange(permissions, 'blueprintinstance');
  if (lacking.length === 0) return [];
  const needs = `enabling ${disabled.join(' and ')}, which somebody disabled, needs (or enable it in the admin interface)`;
  return [missing(needs, lacking)];
}

/**
 * What applying the blueprint again does not mend is refused with what a person must do. Discovery applies no text twice, and none
 * of a disabled instance: where the token may not apply, a person must.
 */
export function refusedByHand({ job, occupied, state, drift }: Repaired): readonly RegistrarError[] {
  if (drift === undefined) return [];
  const differences = differencesOf(job.wanted, state);
  const byHand = differences.flatMap(({ what, byHand: how }) =>
    how === undefined ? [] : [refused('Authentik', what, `${how} Then start again.`)],
  );
  const byApply = [
    ...differences.filter((difference) => difference.byHand === undefined).map(({ what }) => what),
    ...appliedReasons(drift, job, occupied),
    ...wrongSecret(drift),
  ];
  const left = byInstance(job, occupied).some(
    ({ part, instance }) =>
      instance !== undefined && (!instance.enabled || drift.applied.includes(part.names.blueprintPath)),
  );
  if (job.mode === 'apply' || !left || byApply.length === 0) return byHand;
  const remedy = `Apply blueprint ${job.names.blueprintPath} once in the admin interface, Customization > Blueprints.`;
  return [
    ...byHand,
    refused(
      'Authentik',
      `the token may not apply blueprints, and discovery applies no text twice: ${byApply.join('; ')}`,
      remedy,
    ),
  ];
}
