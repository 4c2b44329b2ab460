import { Context } from '@temporalio/activity';
import { RegistrarError } from '../core/errors.ts';
import { branchName } from '../core/resolve.ts';
import { turnPlace } from '../core/turnPlace.ts';
import {
  canonicalWorkflowId,
  type Job,
  type StepReport,
  type Turn,
  type TurnRelease,
  type TurnRequest,
  type Undone,
} from '../core/run.ts';
import type { LeaseHolder, TurnLease } from '../integrations/kubernetes/leases.ts';
import type { Deps } from './deps.ts';
import { assertNothingLive } from './preflight/deadRun.ts';
import { journalled } from './undoJournal.ts';

/**
 * Takes the turn at each Application, in name order, or throws `NotYet` naming the holder. A turn that a dead run holds is
 * taken over: one of the same client is continued under its change id; another client's is refused while what it made is live.
 */
export async function acquireTurn(deps: Deps, request: TurnRequest): Promise<Turn & StepReport> {
  let changeId = request.changeId;
  for (const application of [turnPlace(deps.installation).name].toSorted()) {
    changeId = await takeOne(deps, application, request.client, changeId);
  }
  const note = changeId === request.changeId ? 'the turn is ours' : `continues change ${changeId} of a run that died`;
  return { changeId, note };
}

/**
 * `land: last`: before what all clients share is changed, proves that the turn is the run's. A run that was reset, or whose Lease
 * somebody deleted, has an answer of before in its history: a free turn is taken again. Throws as {@link acquireTurn} does.
 */
export async function holdTurn(deps: Deps, { land, client, changeId }: TurnOf): Promise<void> {
  if (land === 'first') return;
  const application = turnPlace(deps.installation).name;
  const holder = (await deps.leases.read(application))?.holder;
  if (holder?.client !== client) await takeOne(deps, application, client, changeId);
}

type TurnOf = Pick<Job, 'land' | 'client' | 'changeId'>;

async function takeOne(deps: Deps, application: string, client: string, changeId: string): Promise<string> {
  const lease = await deps.leases.read(application);
  if (lease?.holder !== undefined && lease.holder.client !== client) await assertGone(deps, application, lease.holder);
  const dead = deadRunOf(client, lease);
  const holder = holderOf(client, dead?.changeId ?? changeId);
  await deps.leases.take(application, holder, lease, abandonedBeside(lease, client));
  return holder.changeId;
}

function holderOf(client: string, changeId: string): LeaseHolder {
  const { workflowExecution } = Context.current().info;
  return {
    workflowId: workflowExecution?.workflowId ?? canonicalWorkflowId(client),
    runId: workflowExecution?.runId ?? '',
    client,
    changeId,
    branch: branchName(client, changeId),
  };
}

/** A run of this client that ended while it held the turn. Only one run of a client is open, and that is this one. */
export function deadRunOf(client: string, lease: TurnLease | undefined): LeaseHolder | undefined {
  if (lease?.holder?.client === client) return lease.holder;
  return lease?.abandoned.find((holder) => holder.client === client);
}

/** Other clients' dead runs stay on record, the holder that is taken over included. */
function abandonedBeside(lease: TurnLease | undefined, client: string): readonly LeaseHolder[] {
  const all = [...(lease?.abandoned ?? []), ...(lease?.holder === undefined ? [] : [lease.holder])];
  return all.filter((holder) => holder.client !== client);
}

/** Throws `NotYet` while the holder is open, and `Refused` where it died and what it made is live. */
async function assertGone(deps: Deps, application: string, holder: LeaseHolder): Promise<void> {
  if (await deps.runs.isOpen(holder.workflowId)) {
    throw new RegistrarError({
      system: 'oidc-registrar',
      kind: 'NotYet',
      message: `the turn at ${turnPlace(deps.installation).kind} ${application} is held by ${holder.workflowId} (change ${holder.changeId})`,
      remedy: `Wait for ${holder.workflowId}, or cancel it.`,
    });
  }
  await deps.git.fetch();
  await assertNothingLive(deps, holder.client, holder.branch);
}

/** Releases the turn where this workflow holds it; not held is success. */
export async function releaseTurn(deps: Deps, request: TurnRelease): Promise<Undone> {
  const workflowId = canonicalWorkflowId(request.client);
  return journalled(async (journal) => {
    for (const application of [turnPlace(deps.installation).name].toSorted()) {
      const holder = (await deps.leases.read(application))?.holder;
      if (holder?.workflowId !== workflowId) continue;
      if (request.changeId !== undefined && holder.changeId !== request.changeId) continue;
      const deed = { what: `the turn at ${application}`, done: `the turn at ${application} is released` };
      await journal.begin(deed);
      await deps.leases.release(application, holder);
      journal.done(deed);
    }
    return { kept: [], blocks: false };
  });
}
