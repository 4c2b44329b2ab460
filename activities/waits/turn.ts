import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { TurnRequest } from '../../core/run/requests.ts';
import type { LeaseHolder, TurnLease } from '../../integrations/kubernetes/leases.ts';
import { assertNothingLive } from '../branch/deadRuns.ts';
import { orderOf } from '../branch/landing/order.ts';
import { freedByOther } from '../branch/otherInstallations.ts';
import { isOwnRun, isOwnTurn, ownBranch } from '../branch/ownBranch.ts';
import { applicationOf } from '../deploy/application.ts';
import type { Deps } from '../deps.ts';

/**
 * `land: last`: before what all clients share is changed, proves that the turn is the run's. A run that was reset, or whose Lease
 * somebody deleted, has an answer of before in its history: a free turn is taken again. Throws as {@link acquireTurn} does.
 */
export async function holdTurn(deps: Deps, asked: TurnOf): Promise<void> {
  if (!orderOf(asked).ahead) return;
  const { application } = applicationOf(deps);
  const holder = (await deps.leases.read(application))?.holder;
  if (holder === undefined || !isOwnTurn(deps, asked.client, holder)) await takeOne(deps, application, asked);
}

type TurnOf = Pick<Job, 'land'> & Asked;
type Asked = Pick<TurnRequest, 'client' | 'changeId' | 'deploys'>;

/**
 * Takes the Lease of an Application for this run, also from a holder that has ended. Returns the change id that the run
 * goes on under: that of a dead run of this client, or its own. Throws as {@link acquireTurn} does.
 */
export async function takeOne(deps: Deps, application: string, { client, changeId, deploys }: Asked): Promise<string> {
  const lease = await deps.leases.read(application);
  if (lease?.holder !== undefined && !isOwnTurn(deps, client, lease.holder)) {
    await assertEnded(deps, application, lease.holder);
    assertOfThisInstallation(deps, application, lease.holder);
    if (deploys !== false) await assertDeadLeftNothing(deps, lease.holder);
  }
  const dead = await deadRunOf(deps, client, lease);
  const holder = holderOf(deps, client, dead?.changeId ?? changeId);
  await deps.leases.take(application, holder, lease, abandonedBeside(deps, client, lease));
  return holder.changeId;
}

function holderOf(deps: Deps, client: string, changeId: string): LeaseHolder {
  const { workflowExecution } = Context.current().info;
  return {
    workflowId: workflowExecution?.workflowId ?? deps.runs.idOf(client),
    runId: workflowExecution?.runId ?? '',
    client,
    changeId,
    branch: ownBranch(deps, client, changeId),
  };
}

/** A run of this client that ended while it held the turn. Only one run of a client is open, and that is this one. */
export async function deadRunOf(
  deps: Deps,
  client: string,
  lease: TurnLease | undefined,
): Promise<LeaseHolder | undefined> {
  const holder = everyHolder(lease).find((each) => isOwnTurn(deps, client, each));
  // One that ended well could not release the turn. Its change stands: to go on with it would take that back where this run fails.
  const isDone = holder !== undefined && (await deps.runs.endedWell(holder.workflowId, holder.runId));
  return isDone ? undefined : holder;
}

/** Who has the turn, and who died while they had it. */
export function everyHolder(lease: TurnLease | undefined): readonly LeaseHolder[] {
  return [...(lease?.holder === undefined ? [] : [lease.holder]), ...(lease?.abandoned ?? [])];
}

/** Other clients' dead runs stay on record, the holder that is taken over included. */
function abandonedBeside(deps: Deps, client: string, lease: TurnLease | undefined): readonly LeaseHolder[] {
  return everyHolder(lease).filter((holder) => !isOwnTurn(deps, client, holder));
}

/** Throws `NotYet` while the holder is open. */
async function assertEnded(deps: Deps, application: string, holder: LeaseHolder): Promise<void> {
  if (await deps.runs.isOpen(holder.workflowId)) {
    throw new RegistrarError({
      system: 'oidc-registrar',
      kind: 'NotYet',
      message: `the turn at Application ${application} is held by ${holder.workflowId} (change ${holder.changeId})`,
      remedy: `Wait for ${holder.workflowId}, or cancel it.`,
    });
  }
}

/** What another installation's run has left, only that installation finishes or takes back. Throws `Refused`. */
function assertOfThisInstallation(
  deps: Deps,
  application: string,
  { workflowId, client, changeId }: LeaseHolder,
): void {
  if (isOwnRun(deps, workflowId)) return;
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'Refused',
    message: `the turn at Application ${application} is held by ${workflowId} (change ${changeId}), a run of another installation that is not open in this namespace`,
    remedy: freedByOther(workflowId, client, `delete the Lease oidc-registrar-${application}`),
  });
}

/** Throws `Refused` where the holder died and what it made is live: deploying would take that away. */
async function assertDeadLeftNothing(deps: Deps, { client, branch }: LeaseHolder): Promise<void> {
  await deps.git.fetch();
  await assertNothingLive(deps, client, branch);
}
