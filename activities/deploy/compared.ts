import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { lastApplied } from '../../core/kubernetes/deployed.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Manifest } from '../../core/kubernetes/manifests.ts';
import type { ApplicationSource, ApplicationState } from '../../integrations/argocd/argocd.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Deps } from '../deps.ts';
import { syncResource } from '../state/ourResources.ts';
import { waitUntil } from '../kit/wait.ts';
import { applicationOf } from './application.ts';
import { folderOf, followsTarget, makesManifests } from './applicationSource.ts';
import { valueFilesOf } from './valueFiles.ts';

/** The Application once Argo CD has compared it anew, because we asked for it. */
export async function comparedAnew(deps: Deps): Promise<ApplicationState> {
  const { argocd, application } = applicationOf(deps);
  const { pollMs, forceSyncMs } = deps.installation.timings;
  const remedy = 'See that the Argo CD application controller runs.';
  let asked = 0;
  return waitUntil('Argo CD', remedy, pollMs, async () => {
    // A controller that was busy may overlook a request.
    if (Date.now() - asked > forceSyncMs) {
      asked = Date.now();
      await argocd.refresh(application);
    }
    const state = await argocd.application(application);
    return state.refreshRequested ? { waiting: `Argo CD has not refreshed ${application} yet` } : { done: state };
  });
}

/**
 * Whether Argo CD has compared with this commit, or with another one that says the same of what the Application deploys: it may
 * leave its revision where it is while nothing in the folder moves.
 */
export async function isComparedWith(deps: Deps, state: ApplicationState, commit: string): Promise<boolean> {
  return isAt(deps, state, revisionsOf(state), commit);
}

function revisionsOf({ sources }: ApplicationState): readonly (string | undefined)[] {
  return sources.map(({ comparedRevision }) => comparedRevision);
}

/**
 * Whether revisions, one of each source, say the same as a commit of ours of what the Application deploys: those that follow the
 * target branch. The others must be where they were compared, such as a chart at its version.
 */
async function isAt(
  deps: Deps,
  state: ApplicationState,
  revisions: readonly (string | undefined)[],
  commit: string,
): Promise<boolean> {
  const follows = await followsTarget(deps, state);
  for (const [i, source] of state.sources.entries()) {
    const same = follows(source)
      ? await sameManifests(deps, state, source, revisions[i], commit)
      : revisions[i] !== undefined && revisions[i] === source.comparedRevision;
    if (!same) return false;
  }
  return state.sources.length > 0;
}

/** Whether two commits say the same of what is taken from a source: its folder, and its value files, whoever reads them. */
async function sameManifests(
  deps: Deps,
  state: ApplicationState,
  source: ApplicationSource,
  one: string | undefined,
  commit: string,
): Promise<boolean> {
  if (one === undefined || one === '') return false;
  if (one === commit) return true;
  try {
    const changed = await deps.git.changedPaths(one, commit);
    const values = state.sources.flatMap((reader) => valueFilesOf(deps, state, reader));
    if (values.some((file) => file.of === source && changed.includes(file.path))) return false;
    if (!makesManifests(source)) return true;
    const folder = folderOf(source);
    if (changed.length > 0 && (folder === '' || (await reachesOut(deps, commit, folder)))) return false;
    return !changed.some((file) => file.startsWith(folder));
  } catch (error) {
    // A commit that nobody has any more.
    if (error instanceof RegistrarError && !error.retryable) return false;
    throw error;
  }
}

/** A kustomization may deploy what stands outside of its folder, and a chart what it depends on. */
async function reachesOut(deps: Deps, commit: string, folder: string): Promise<boolean> {
  const files = (await deps.git.listFiles(commit, folder.slice(0, -1))).filter((file) =>
    /\/(kustomization\.ya?ml|Chart\.yaml)$/i.test(file),
  );
  const texts = await Promise.all(files.map((file) => deps.git.readFile(commit, file)));
  return texts.some((text) => text?.includes('../') === true);
}

/** What Argo CD says of one of our resources; undefined where the Application does not deploy it. */
export function statusOf(deps: Deps, state: ApplicationState, resource: OurResource): string | undefined {
  const { group, kind, name } = syncResource(deps, resource);
  return state.resources.find((row) => row.kind === kind && row.name === name && row.group === group)?.status;
}

/**
 * What Argo CD made of a commit for one of our resources, as it applied it: not the file alone, but what the kustomization makes of
 * it. Undefined where its last operation was of another commit, left the resource out or failed, or was a server-side apply.
 */
export async function madeOf(
  deps: Deps,
  commit: string,
  resource: OurResource,
  live: KubernetesObject,
): Promise<Manifest | undefined> {
  const made = lastApplied(live) as Manifest | undefined;
  if (deps.argocd === undefined || made === undefined) return undefined;
  const { argocd, application } = applicationOf(deps);
  // A person's `kubectl apply` writes the annotation too.
  if (!isOfApplication(made, application)) return undefined;
  const state = await argocd.application(application);
  const { phase, revisions, resources } = state.lastOperation ?? {};
  const { group, kind, name } = syncResource(deps, resource);
  const isOf = resources?.some((row) => row.kind === kind && row.name === name && row.group === group) ?? true;
  const holds = phase === 'Succeeded' && isOf && revisions !== undefined;
  return holds && (await isAt(deps, state, revisions, commit)) ? made : undefined;
}

/** By the marks with which Argo CD tracks what it applies (its documentation, "Resource Tracking"). */
function isOfApplication({ metadata }: Manifest, application: string): boolean {
  const { annotations, labels } = metadata as {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  return (
    annotations?.['argocd.argoproj.io/tracking-id']?.startsWith(`${application}:`) === true ||
    labels?.['app.kubernetes.io/instance'] === application
  );
}
