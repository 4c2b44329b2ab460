import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import { isGitOpsRepository } from '../../core/installation/repositoryAddress.ts';
import type { ApplicationSource, ApplicationState, ArgoCd } from '../../integrations/argocd/argocd.ts';
import { orderOf } from '../branch/landing/order.ts';
import type { Deps } from '../deps.ts';

/** A refusal that is about an Application. One that an ApplicationSet makes is changed there. */
export function refused(message: string, remedy: string, { madeBy }: Partial<ApplicationState> = {}): RegistrarError {
  const where = madeBy === undefined ? '' : ` The Application is made by ApplicationSet ${madeBy}: change it there.`;
  return new RegistrarError({ system: 'Argo CD', kind: 'Refused', message, remedy: `${remedy}${where}` });
}

/** An Application by name, for people, with the ApplicationSet that made it. */
export function nameOf({ name, madeBy }: Pick<ApplicationState, 'name' | 'madeBy'>): string {
  return madeBy === undefined ? `Application ${name}` : `Application ${name} (made by ApplicationSet ${madeBy})`;
}

/** What a person does where an Application cannot deploy: it is named in another file, by other words. */
interface SourceRemedies {
  readonly sources: string;
  readonly repository: string;
  readonly folder: string;
  readonly automated: string;
}

/**
 * An Application must deploy these files from the GitOps repository, be it one source of several. What is not on its target
 * revision it must not sync away by itself. Throws `Refused`.
 */
export function assertSource(
  { installation }: Deps,
  state: ApplicationState,
  files: readonly string[],
  remedies: SourceRemedies,
): void {
  const { gitops } = installation;
  if (state.hydrated || state.sources.length === 0) {
    throw refused(
      state.hydrated
        ? `${nameOf(state)} has spec.sourceHydrator: it deploys a branch that Argo CD writes, not a commit of ours`
        : `${nameOf(state)} has neither spec.source nor spec.sources`,
      remedies.sources,
      state,
    );
  }
  if (!state.sources.some((source) => isOurs({ installation }, source))) {
    const addresses = [...new Set(state.sources.map(({ repoURL }) => repoURL))].join(', ');
    throw refused(
      `${nameOf(state)} deploys from ${addresses}, not from gitops.remote of registrar.yaml`,
      remedies.repository,
      state,
    );
  }
  const outside = files.filter((file) => holdersOf({ installation }, state, file).length === 0);
  if (outside.length > 0) {
    throw refused(
      `${nameOf(state)} deploys ${withoutFile({ installation }, state)} ${outside.join(', ')}`,
      remedies.folder,
      state,
    );
  }
  if (orderOf(gitops).ahead && state.automated) {
    throw refused(
      `${nameOf(state)} has automated sync; a commit that is not on its target revision would be lost`,
      remedies.automated,
      state,
    );
  }
}

/** Whether a source is the GitOps repository. */
export function isOurs({ installation: { gitops } }: Pick<Deps, 'installation'>, source: ApplicationSource): boolean {
  return source.chart === undefined && isGitOpsRepository(gitops, source.repoURL);
}

/** The sources of ours that make manifests of a folder in which a file stands. */
export function holdersOf(
  deps: Pick<Deps, 'installation'>,
  { sources }: ApplicationState,
  file: string,
): readonly ApplicationSource[] {
  return sources.filter(
    (source) => isOurs(deps, source) && makesManifests(source) && file.startsWith(folderOf(source)),
  );
}

/** A source with a name and no path is there for the value files of others. */
export function makesManifests({ path: folder, ref }: ApplicationSource): boolean {
  return folder !== undefined || ref === undefined;
}

function withoutFile(deps: Pick<Deps, 'installation'>, { sources }: ApplicationState): string {
  const ours = sources.filter((source) => isOurs(deps, source));
  const folders = ours.filter(makesManifests).map((source) => source.path ?? '.');
  if (folders.length === 0)
    return `no folder of the repository (ref: ${ours[0]?.ref ?? ''} is for value files), so not`;
  return folders.length === 1
    ? `the folder ${folders[0]}, which does not hold`
    : `the folders ${folders.join(', ')}, none of which holds`;
}

/** With a slash at its end; empty for the whole repository. */
export function folderOf({ path: folder = '.' }: Partial<Pick<ApplicationSource, 'path'>>): string {
  const normal = path.posix.join('/', folder).replace(/\/+$/, '').slice(1);
  return normal === '' ? '' : `${normal}/`;
}

/**
 * Which sources a commit of ours can be deployed by: those of the repository that are on the target branch. `HEAD` means the
 * remote's default branch. A single source has been looked at by preflight.
 */
export async function followsTarget(
  deps: Deps,
  { sources, byPosition }: ApplicationState,
): Promise<(source: ApplicationSource) => boolean> {
  if (!byPosition) return () => true;
  const ours = sources.filter((source) => isOurs(deps, source));
  const head = ours.some(({ targetRevision }) => targetRevision === 'HEAD') ? await deps.git.defaultBranch() : '';
  const { branch } = deps.installation.gitops;
  return (source) => isOurs(deps, source) && branchOf(source, head) === branch;
}

function branchOf({ targetRevision }: ApplicationSource, head: string): string {
  return targetRevision === 'HEAD' ? head : targetRevision.replace(/^refs\/heads\//, '');
}

/** Throws `Refused` where the sources that hold a file are on somebody's other revision. */
export async function assertTargetRevision(
  deps: Deps,
  state: ApplicationState,
  holders: readonly (readonly ApplicationSource[])[],
): Promise<void> {
  const { branch } = deps.installation.gitops;
  const follows = await followsTarget(deps, { ...state, byPosition: true });
  const [other] = holders.flatMap((each) => (each.some(follows) ? [] : each.slice(0, 1)));
  if (other === undefined) return;
  const source = state.sources.length === 1 ? '' : `source ${state.sources.indexOf(other) + 1} of `;
  throw refused(
    `${source}${nameOf(state)} is on targetRevision ${other.targetRevision}, the target branch of registrar.yaml is ${branch}`,
    `Point the Application back to ${branch}; someone may be trying out a branch.`,
    state,
  );
}

/** Throws `Refused` where a sync window keeps the Application from being synced now. */
export async function assertWindowOpen(argocd: ArgoCd, application: string): Promise<void> {
  const shut = await argocd.shutWindow(application);
  if (shut !== undefined)
    throw refused(`a sync window of Application ${application} is shut: ${shut}`, 'Start again when it is open.');
}
