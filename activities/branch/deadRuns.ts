import { RegistrarError } from '../../core/base/errors.ts';
import type { BranchKind } from '../../core/check/runs.ts';
import { RUNS, previousLabel, proposalBranch, revertBranch } from '../../core/names/labels.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { type Job, changesResource } from '../../core/run/job.ts';
import { eitherWay } from '../../core/run/commands.ts';
import { directionOf } from '../../core/run/direction.ts';
import { rotationMarks } from '../../core/run/rotation.ts';
import type { Branch } from '../../integrations/git/repository.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps, FoundPlan } from '../deps.ts';
import { assertBeganHere } from '../kit/configuration.ts';
import { RESOURCES, changeIsLive, describe } from '../state/ourResources.ts';
import { UUID } from '../state/pendingFields.ts';
import { assertBegun } from '../state/unclaimed.ts';
import { knownClaims } from './fieldClaims.ts';
import { mergerOf } from './landing/mergerOf.ts';
import { orderOf } from './landing/order.ts';
import { assertOthersLeftNothing } from './otherInstallations.ts';
import { isOwnRun, ownBranch, runOfBranch } from './ownBranch.ts';
import { targetHead, unlandedPaths } from './runBranch.ts';

/** Where a run stands: fresh on the target's head, or on the work of a run of this client that died. */
export interface ResumePoint {
  readonly changeId: string;
  readonly branch: string;
  readonly base: string;
  /** Base that a dead run deployed from, where the target has moved since. */
  readonly formerBase?: string;
  readonly continued: boolean;
  /** The dead run had something on its branch: its registration is finished as it was asked for then. */
  readonly onBranch: boolean;
  /** The dead run's own plan, with the state before; undefined where its history is gone. */
  readonly plan: FoundPlan | undefined;
}

/**
 * Finds the run's standing. Only one run of a client is open, so a pending field, branch or turn of another change id
 * belongs to a run that died: it is continued under that change id, on that branch and base. Throws `Refused` where it began in other
 * places than this worker's.
 */
export async function findStanding(
  deps: Deps,
  client: string,
  changeId: string,
  pending: readonly string[],
  fieldInService: boolean,
): Promise<ResumePoint> {
  const target = await targetHead(deps);
  const branches = await changesOf(deps, client);
  const visible = branches[0] ?? pending.find((id) => id !== changeId);
  const chosen = visible ?? (fieldInService ? await storedBy(deps, client) : undefined) ?? changeId;
  const plan = await deps.runs.findPlan(client, chosen);
  const branch = ownBranch(deps, client, chosen);
  const head = await deps.git.head(branch);
  const order = orderOf(deps.installation.gitops);
  const landed = head !== undefined && (await hasLanded(deps, head, target, plan));
  if (landed && order.isDone(landed, plan))
    return { changeId: chosen, branch, base: target, continued: false, onBranch: false, plan: undefined };
  if (plan !== undefined) assertBeganHere(deps, plan.job);
  const continued = chosen !== changeId || plan !== undefined;
  const stands = await order.standsOn(deps, { changeId: chosen, target, head, landed, plan });
  return { changeId: chosen, branch, continued, onBranch: head !== undefined, plan, ...stands };
}

/** What the newest run of the client that left its branch behind was asked for. */
export async function registrationOfDeadRun(deps: Deps, client: string): Promise<Registration | undefined> {
  const [changeId] = await changesOf(deps, client);
  if (changeId === undefined) return undefined;
  return (await deps.runs.findPlan(client, changeId))?.job.registration;
}

/**
 * Whether the run of a branch has landed. People may have squashed or rebased it: then the plan of the run tells by its content, and where
 * nobody has that any more, a merge that would change nothing.
 */
export async function hasLanded(
  deps: Deps,
  head: string,
  target: string,
  plan: FoundPlan | undefined,
): Promise<boolean> {
  if (await deps.git.isAncestor(head, target)) return true;
  if (plan !== undefined) return mergerOf(plan.job).holds(deps, plan.job, target);
  return (await unlandedPaths(deps, head, target))?.length === 0;
}

/** A run that died between the vault and its first push left a field in service and no mark but its history. */
async function storedBy(deps: Deps, client: string): Promise<string | undefined> {
  const plan = await deps.runs.interruptedPlan(client);
  return plan !== undefined && !plan.job.before.vaultField ? plan.job.changeId : undefined;
}

/** Change ids of the client's branches on the remote. */
export async function changesOf(deps: Deps, client: string): Promise<readonly string[]> {
  return (await changeBranches(deps, client, 'run')).map(({ changeId }) => changeId);
}

const BRANCH_OF = { run: (branch: string) => branch, proposal: proposalBranch, undo: revertBranch } as const;

/** The client's branches of a kind on the remote, as of the last fetch. */
export async function changeBranches(
  deps: Deps,
  client: string,
  kind: BranchKind,
): Promise<readonly (Branch & { readonly changeId: string })[]> {
  const prefix = BRANCH_OF[kind](ownBranch(deps, client, ''));
  const pattern = new RegExp(`^${prefix}(${UUID})$`);
  const branches = await deps.git.branches(prefix);
  return branches.flatMap((branch) => {
    const changeId = pattern.exec(branch.name)?.[1];
    return changeId === undefined ? [] : [{ ...branch, changeId }];
  });
}

/**
 * A rotation of this client that ended half-way: which of its two values is in use where, only the rotation can settle. A
 * pending field may also be that of a registration beside which somebody has put a field into service. A repair and a
 * deregistration remove a pending field themselves (`dropsPending`). Throws `HalfRotated`; `Refused` where the labels stand around somebody else's field.
 */
export async function assertNoDeadRotation(
  deps: Deps,
  asked: Pick<Job, 'client' | 'registration' | 'names' | 'base'>,
  contents: VaultContents,
  { dropsPending }: { readonly dropsPending: boolean },
): Promise<void> {
  const { client, names } = asked;
  const { vaultField } = names;
  const labels = contents.fields.map((field) => field.label);
  if (dropsPending && !labels.includes(previousLabel(vaultField))) return;
  const marks = rotationMarks(labels, vaultField);
  if (marks.stage === 'fresh') return;
  const registration = marks.stage === 'created' && (await deps.runs.findPlan(client, marks.changeId)) !== undefined;
  if (registration) return;
  assertBegun(contents, client, names, await knownClaims(deps, asked, []));
  throw new RegistrarError({
    system: contents.system,
    kind: 'HalfRotated',
    message: `${contents.place} shows that a rotation of client ${client} ended half-way`,
    remedy: eitherWay('rotate', client),
  });
}

/** A branch of this client that has not landed: a run that changes files died. Throws `Refused`. */
export async function assertNoOpenChange(deps: Deps, client: string): Promise<void> {
  const target = await targetHead(deps);
  for (const changeId of await changesOf(deps, client)) {
    const branch = ownBranch(deps, client, changeId);
    const head = await deps.git.head(branch);
    const plan = await deps.runs.findPlan(client, changeId);
    if (head === undefined || (await hasLanded(deps, head, target, plan))) continue;
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `branch ${branch} is that of a run of client ${client} that ended half-way`,
      remedy: `${eitherWay('register', client)} Rotate then.`,
    });
  }
}

/** Throws `Refused` where this run would take away what a run of another client left in the clusters when it died. */
export async function assertNoOtherDeadRun(deps: Deps, client: string): Promise<void> {
  if (!orderOf(deps.installation.gitops).ahead) return;
  for (const branch of await deps.git.branches(RUNS)) {
    const run = runOfBranch(branch.name);
    if (run === undefined || run.client === client) continue;
    if (await deps.runs.isOpen(run.workflowId)) continue;
    if (isOwnRun(deps, run.workflowId)) await assertNothingLive(deps, run.client, branch.name);
    else await assertOthersLeftNothing(deps, client, run, branch);
  }
}

/**
 * A run deploys whole objects from the target branch, and an entry that a dead run deployed is not there. Where it has landed, or
 * nothing that it made is live, it stands in nobody's way. Throws `Refused` where something is, or nobody knows.
 */
export async function assertNothingLive(deps: Deps, client: string, branch: string): Promise<void> {
  const head = await deps.git.head(branch);
  const plan = await deps.runs.findPlan(client, branch.slice(ownBranch(deps, client, '').length));
  if (head === undefined || (await hasLanded(deps, head, await targetHead(deps), plan))) return;
  const live = plan === undefined ? 'what it has deployed is not known any more' : await firstLive(deps, plan.job);
  if (live === undefined) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `branch ${branch} is that of a run of client ${client} that ended half-way, and ${live}: deploying from the target branch would take that away`,
    remedy: goingOn(client, plan),
  });
}

/** How the client that holds others up is freed. */
function goingOn(client: string, plan: FoundPlan | undefined): string {
  if (plan === undefined) return `Run client ${client} again: it finishes or takes back what that run left.`;
  return eitherWay(directionOf(plan.job).deed, client);
}

async function firstLive(deps: Deps, job: Job): Promise<string | undefined> {
  for (const resource of RESOURCES) {
    if (changesResource(job, resource) && (await changeIsLive(deps, job, resource)))
      return `${describe(deps, resource)} is as that run made it`;
  }
  return undefined;
}
