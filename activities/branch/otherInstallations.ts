import { RegistrarError } from '../../core/base/errors.ts';
import { RUNS } from '../../core/names/labels.ts';
import { recordPath } from '../../core/names/recordPath.ts';
import { registrationPaths } from '../../core/names/registrationPaths.ts';
import { installationOf } from '../../core/run/ids.ts';
import type { Branch } from '../../integrations/git/repository.ts';
import type { Deps } from '../deps.ts';
import { isOwnRun, type RunOfBranch, runOfBranch } from './ownBranch.ts';
import { targetHead, unlandedPaths } from './runBranch.ts';

/**
 * In one repository another installation may have a client of this name. While its run has a branch that changes what a run of ours
 * would, ours waits; one that ended half-way is that installation's to finish. Throws `NotYet` or `Refused`.
 */
export async function assertNoOtherInstallation(deps: Deps, client: string): Promise<void> {
  for (const branch of await deps.git.branches(RUNS)) {
    const run = runOfBranch(branch.name);
    if (run?.client !== client || isOwnRun(deps, run.workflowId)) continue;
    if (!(await changesOurs(deps, client, branch))) continue;
    if (!(await deps.runs.isOpen(run.workflowId))) throw leftByOther(run, branch);
    throw new RegistrarError({
      system: 'oidc-registrar',
      kind: 'NotYet',
      message: `${run.workflowId} of ${installationWord(run.workflowId)} is changing the same files, on branch ${branch.name}`,
      remedy: `Wait for ${run.workflowId}, or cancel it.`,
    });
  }
}

/** What a run of another installation that is not open has changed of our files may be live, and nobody here knows. Throws `Refused`. */
export async function assertOthersLeftNothing(
  deps: Deps,
  client: string,
  run: RunOfBranch,
  branch: Branch,
): Promise<void> {
  if (await changesOurs(deps, client, branch)) throw leftByOther(run, branch);
}

/** Whether what a branch has not landed changes a file that a run of this client would. */
async function changesOurs(deps: Deps, client: string, { sha }: Branch): Promise<boolean> {
  const target = await targetHead(deps);
  const [first] = await deps.git.log(target, sha);
  if (first === undefined) return false;
  const { installation } = deps;
  const { blueprints, deployment, externalSecret } = installation.authentik;
  const files = [blueprints, deployment, externalSecret].map(({ file }) => file);
  const ours = new Set([...files, recordPath(installation, client), ...registrationPaths(installation.gitops, client)]);
  const generated = blueprints.generatedFrom === undefined ? undefined : `${blueprints.generatedFrom}/`;
  const [base] = first.parents;
  const unlanded = await unlandedPaths(deps, sha, target);
  const changed = unlanded ?? (base === undefined ? undefined : await deps.git.changedPaths(base, sha));
  // Where the target branch was begun anew, nothing tells which of its commits the branch began on.
  if (changed === undefined) return true;
  return changed.some((path) => ours.has(path) || (generated !== undefined && path.startsWith(generated)));
}

function leftByOther({ workflowId, client }: RunOfBranch, { name }: Branch): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `branch ${name} changes the same files and is that of ${workflowId}, a run of ${installationWord(workflowId)} that is not open in this namespace`,
    remedy: freedByOther(workflowId, client, `\`git push origin --delete ${name}\``),
  });
}

/** How a run of another installation that stands in the way is got out of it. */
export function freedByOther(workflowId: string, client: string, otherwise: string): string {
  return `Where that run is open in another namespace, wait for it. Else run client ${client} again in ${installationWord(workflowId)}: it finishes or takes back what that run left; only where that installation is gone: ${otherwise}.`;
}

function installationWord(workflowId: string): string {
  const name = installationOf(workflowId);
  return name === '' ? 'the installation without a name' : `installation ${name}`;
}
