import type { CheckBasis, CheckReport } from '../../core/check/finding.ts';
import { compareRuns, type BranchKind, type DeadTurn, type FoundBranch } from '../../core/check/runs.ts';
import { applicationOf } from '../deploy/application.ts';
import type { Deps, FoundPlan } from '../deps.ts';
import { contentAt } from '../branch/contentAt.ts';
import { changeBranches, hasLanded } from '../branch/deadRuns.ts';
import { takesOut } from '../branch/deadRemovals.ts';
import { orderOf } from '../branch/landing/order.ts';
import { isOwnTurn } from '../branch/ownBranch.ts';
import { targetHead } from '../branch/runBranch.ts';
import { everyHolder } from '../waits/turn.ts';
import { openRuns } from './basis.ts';
import { Reading } from './reading.ts';

/** Branches and turns of runs that ended half-way, and which runs are open now that everything has been read. */
export async function checkRuns(
  deps: Deps,
  basis: CheckBasis,
): Promise<CheckReport & { readonly open: readonly string[] }> {
  const { client } = basis;
  const reading = new Reading();
  const branches = await reading.ask(() => branchesOf(deps, client));
  const deadTurns = await reading.ask(() => turnsOfDeadRuns(deps, client));
  await reading.of(async () => compareRuns({ client, branches: branches ?? [], deadTurns: deadTurns ?? [] }));
  return { ...reading.result(), open: await openRuns(deps, client) };
}

const KINDS: readonly BranchKind[] = ['run', 'proposal', 'undo'];

async function branchesOf(deps: Deps, client: string): Promise<readonly FoundBranch[]> {
  await deps.git.fetch();
  const target = await targetHead(deps);
  const all = await Promise.all(
    KINDS.map(async (kind) => (await changeBranches(deps, client, kind)).map((branch) => ({ ...branch, kind }))),
  );
  const found = all.flat();
  const runs = new Map<string, boolean>();
  for (const { kind, changeId, sha } of found)
    if (kind === 'run') runs.set(changeId, await takesOut(deps, sha, target, changeId));
  return Promise.all(
    found.map(async ({ name, sha, kind, changeId }) => {
      const plan = await deps.runs.findPlan(client, changeId);
      const landed =
        kind === 'undo' ? await hasTakenBack(deps, sha, target, plan) : await hasLanded(deps, sha, target, plan);
      const removal = runs.get(changeId) ?? plan?.job.removal !== undefined;
      return { name, kind, landed, orphan: !runs.has(changeId), removal };
    }),
  );
}

/** People may have squashed or rebased it: then the plan of the run tells by its content. */
async function hasTakenBack(deps: Deps, head: string, target: string, plan: FoundPlan | undefined): Promise<boolean> {
  if (await deps.git.isAncestor(head, target)) return true;
  return plan !== undefined && (await contentAt(deps, plan.job, target)) === 'none';
}

/** Where no run takes a turn, the job need not be allowed to read one. */
async function turnsOfDeadRuns(deps: Deps, client: string): Promise<readonly DeadTurn[]> {
  if (!orderOf(deps.installation.gitops).ahead) return [];
  const { application: name } = applicationOf(deps);
  const lease = await deps.leases.read(name);
  for (const holder of everyHolder(lease)) {
    if (!isOwnTurn(deps, client, holder) || (await deps.runs.isOpen(holder.workflowId))) continue;
    const plan = await deps.runs.findPlan(client, holder.changeId);
    return [{ name, removal: plan?.job.removal !== undefined }];
  }
  return [];
}
