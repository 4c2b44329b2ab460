import { RegistrarError } from '../../core/base/errors.ts';
import { sameRepository } from '../../core/installation/repositoryAddress.ts';
import type { ApplicationState, ArgoCd } from '../../integrations/argocd/argocd.ts';
import { orderOf } from '../branch/landing/order.ts';
import type { Deps } from '../deps.ts';

/** A refusal that is about an Application. */
export function refused(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Argo CD', kind: 'Refused', message, remedy });
}

/** What a person does where an Application cannot deploy: it is named in another file, by other words. */
interface SourceRemedies {
  readonly sources: string;
  readonly repository: string;
  readonly folder: string;
  readonly automated: string;
}

/**
 * An Application must have one source, the GitOps repository, and in it these files. What is not on its target revision it must
 * not sync away by itself. Throws `Refused`.
 */
export function assertSource(
  { installation }: Deps,
  state: ApplicationState,
  files: readonly string[],
  remedies: SourceRemedies,
): void {
  const { gitops } = installation;
  if (state.multipleSources || state.repoURL === undefined) {
    throw refused(
      `Application ${state.name} has spec.sources; only a single spec.source can be synced at one commit`,
      remedies.sources,
    );
  }
  if (!sameRepository(state.repoURL, [gitops.remote, ...gitops.aliases])) {
    throw refused(
      `Application ${state.name} deploys from ${state.repoURL}, not from gitops.remote of registrar.yaml`,
      remedies.repository,
    );
  }
  const outside = files.filter((file) => !file.startsWith(folderOf(state)));
  if (outside.length > 0) {
    throw refused(
      `Application ${state.name} deploys the folder ${state.path}, which does not hold ${outside.join(', ')}`,
      remedies.folder,
    );
  }
  if (orderOf(gitops).ahead && state.automated) {
    throw refused(
      `Application ${state.name} has automated sync; a commit that is not on its target revision would be lost`,
      remedies.automated,
    );
  }
}

/** With a slash at its end; empty for the whole repository. */
export function folderOf({ path = '.' }: ApplicationState): string {
  const folder = path.replace(/\/+$/, '').replace(/^\.\/?/, '');
  return folder === '' ? '' : `${folder}/`;
}

/** `HEAD` means the remote's default branch. Throws `Refused` where the Application stands on somebody's other revision. */
export async function assertTargetRevision(deps: Deps, { name, targetRevision }: ApplicationState): Promise<void> {
  const { branch } = deps.installation.gitops;
  const target = targetRevision === 'HEAD' || targetRevision === '' ? await deps.git.defaultBranch() : targetRevision;
  if (target.replace(/^refs\/heads\//, '') === branch) return;
  throw refused(
    `Application ${name} is on targetRevision ${targetRevision}, the target branch of registrar.yaml is ${branch}`,
    `Point the Application back to ${branch}; someone may be trying out a branch.`,
  );
}

/** Throws `Refused` where a sync window keeps the Application from being synced now. */
export async function assertWindowOpen(argocd: ArgoCd, application: string): Promise<void> {
  const shut = await argocd.shutWindow(application);
  if (shut !== undefined)
    throw refused(`a sync window of Application ${application} is shut: ${shut}`, 'Start again when it is open.');
}
