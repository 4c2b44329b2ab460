import { RegistrarError } from '../../core/base/errors.ts';
import { eitherWay } from '../../core/run/commands.ts';
import { assertBeganHere } from '../kit/configuration.ts';
import type { Deps, FoundPlan } from '../deps.ts';
import { changesOf, hasLanded } from './deadRuns.ts';
import { orderOf } from './landing/order.ts';
import { ownBranch } from './ownBranch.ts';
import { CHANGE_TRAILER, REMOVE_STEP, STEP_TRAILER, targetHead } from './runBranch.ts';

/** Where a deregistration stands: fresh on the target's head, or on the work of one that died. */
export interface RemovalStanding {
  readonly changeId: string;
  readonly branch: string;
  readonly base: string;
  /** Base that a dead run deployed from, where the target has moved since. */
  readonly formerBase?: string;
  readonly continued: boolean;
  /** The dead run had passed its point of no return. */
  readonly committed: boolean;
  /** The dead run's own plan; undefined where its history is gone. */
  readonly plan: FoundPlan | undefined;
}

/**
 * Finds the standing of a deregistration. A branch of the client's that takes entries out belongs to a deregistration that
 * died. Throws `Refused` where a registration did (what it left half-made is finished or taken back first), and where the
 * deregistration began in other places than this worker's.
 */
export async function findRemovalStanding(deps: Deps, client: string, changeId: string): Promise<RemovalStanding> {
  const target = await targetHead(deps);
  const [found] = await changesOf(deps, client);
  const fresh = { changeId, branch: ownBranch(deps, client, changeId), base: target };
  if (found === undefined) return { ...fresh, continued: false, committed: false, plan: undefined };
  const branch = ownBranch(deps, client, found);
  const head = (await deps.git.head(branch)) ?? target;
  const plan = await deps.runs.findPlan(client, found);
  const inTarget = await deps.git.isAncestor(head, target);
  const order = orderOf(deps.installation.gitops);
  if (!(await takesOut(deps, head, target, found))) {
    // A registration that is finished has only left its branch: it goes with the clean-up of this run.
    if (inTarget && order.isDone(inTarget, plan))
      return { changeId: found, branch, base: target, continued: false, committed: false, plan: undefined };
    throw halfRegistered(client, branch);
  }
  const own = plan?.job.removal === undefined ? undefined : plan;
  if (own !== undefined) assertBeganHere(deps, own.job);
  const landed = await hasLanded(deps, head, target, own);
  const stands = await order.standsOn(deps, { changeId: found, target, head, landed, plan: own });
  return { changeId: found, branch, continued: true, plan: own, ...stands, committed: order.isDone(landed, own) };
}

/** Whether the run's own commits on a branch take entries out. */
export async function takesOut(deps: Deps, head: string, target: string, changeId: string): Promise<boolean> {
  const landed = await deps.git.isAncestor(head, target);
  const commits = await deps.git.log(landed ? `${head}^` : target, head);
  return commits.some(
    (commit) => commit.trailers[CHANGE_TRAILER] === changeId && commit.trailers[STEP_TRAILER] === REMOVE_STEP,
  );
}

function halfRegistered(client: string, branch: string): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `a registration of client ${client} ended half-way, branch ${branch}`,
    remedy: `${eitherWay('register', client)} Deregister it then.`,
  });
}

/** A registration must not go on with a deregistration that died, which takes out what it would add. Throws `Refused`. */
export async function assertNoDeadRemoval(deps: Deps, client: string): Promise<void> {
  const target = await targetHead(deps);
  for (const id of await changesOf(deps, client)) {
    const branch = ownBranch(deps, client, id);
    const head = await deps.git.head(branch);
    if (head === undefined || !(await takesOut(deps, head, target, id))) continue;
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `a deregistration of client ${client} ended half-way, branch ${branch}`,
      remedy: eitherWay('deregister', client),
    });
  }
}
