import type { CheckBasis, Look } from '../../core/check/finding.ts';
import { compareRuns } from '../../core/check/runs.ts';
import { sameInstallation, type Deps } from '../deps.ts';
import { changeBranches } from '../preflight/deadRun.ts';
import { targetHead } from '../runBranch.ts';
import { beating } from '../wait.ts';
import { openRuns } from './basis.ts';
import { Reading } from './reading.ts';

/** Branches and turns of runs that ended half-way, and which runs are open now that everything has been read. */
export async function checkRuns(deps: Deps, basis: CheckBasis): Promise<Look & { readonly open: readonly string[] }> {
  sameInstallation(deps, basis.digest);
  return beating(async () => {
    const { client } = basis;
    const reading = new Reading();
    const branches = await reading.ask(async () => {
      await deps.git.fetch();
      const target = await targetHead(deps);
      const found = await changeBranches(deps, client);
      return Promise.all(
        found.map(async ({ name, sha }) => ({ name, landed: await deps.git.isAncestor(sha, target) })),
      );
    });
    const deadTurns = await reading.ask(() => turnsOfDeadRuns(deps, client));
    await reading.of(async () => compareRuns({ client, branches: branches ?? [], deadTurns: deadTurns ?? [] }));
    return { ...reading.result(), open: await openRuns(deps, client) };
  });
}

async function turnsOfDeadRuns(deps: Deps, client: string): Promise<readonly string[]> {
  const { application } = deps.installation.authentik;
  const lease = await deps.leases.read(application);
  const holders = [...(lease?.holder === undefined ? [] : [lease.holder]), ...(lease?.abandoned ?? [])];
  for (const holder of holders) {
    if (holder.client === client && !(await deps.runs.isOpen(holder.workflowId))) return [application];
  }
  return [];
}
