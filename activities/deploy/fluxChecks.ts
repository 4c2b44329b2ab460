import { refused as refusal } from '../../core/base/errors.ts';
import { enumerated } from '../../core/base/words.ts';
import { at, own } from '../../core/base/own.ts';
import { fluxPlace, helmReleaseRef } from '../../core/installation/fluxPlace.ts';
import { isGitOpsRepository } from '../../core/installation/repositoryAddress.ts';
import type { Job } from '../../core/run/job.ts';
import type { Flux, FluxState, KustomizationState } from '../../integrations/flux/flux.ts';
import { targetHead } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { fileOf, objectRef, RESOURCES, syncResource, type SyncResource } from '../state/ourResources.ts';
import { substitutionOf } from '../state/fluxSubstitution.ts';
import { whyNot } from './fluxFailure.ts';
import { fluxOf, helmReleaseOf, statesOf } from './fluxOf.ts';
import { whyNotBuilt } from './fluxReach.ts';
import { assertTakesFile } from './fluxValues.ts';
import { untilDeployed } from './fluxWait.ts';
import type { Target } from './target.ts';

/** A refusal that is about an object of Flux. */
export function refused(message: string, remedy: string) {
  return refusal('Flux', message, remedy);
}

/** Whether Flux deploys what we edit, from where we land it. Throws `Refused`, or `NotFound`. */
export async function checkKustomization(deps: Deps): Promise<void> {
  const state = await sourceChecked(deps, undefined, 'Correct authentik.kustomization in registrar.yaml');
  const { authentik } = deps.installation;
  const where = wrongCluster(state, authentik.cluster, fluxPlace(deps.installation)?.cluster);
  if (where !== undefined)
    throw refused(
      `${state.label} ${where.deploysInto}, and Authentik's objects are to be in ${where.wanted}`,
      'Correct authentik.cluster, flux.cluster or authentik.kustomization in registrar.yaml; a cluster of two names is named by one.',
    );
  const release = releaseOf(deps);
  const made = RESOURCES.filter((resource) => release === undefined || resource !== 'deployment');
  const live = await Promise.all(made.map((resource) => deps.cluster.get(objectRef(deps, resource))));
  const others = appliedByOthers(state, live);
  await assertBuilds(
    deps,
    state,
    RESOURCES.map((resource) => fileOf(deps, resource)),
    `the files in registrar.yaml, field authentik, or have a kustomization of that folder name it.${others}`,
  );
  const objects = [
    ...made.map((resource) => syncResource(deps, resource)),
    ...(release === undefined ? [] : [release]),
  ];
  assertHas(state, objects, others);
  for (const object of live) assertApplied(object);
}

/** Where a Kustomization deploys and where it should, for people, if these are two clusters; `fluxIn` holds the Kustomization. */
export function wrongCluster(
  { elsewhere }: Pick<KustomizationState, 'elsewhere'>,
  cluster: string,
  fluxIn: string | undefined,
): { readonly deploysInto: string; readonly wanted: string } | undefined {
  if (elsewhere !== (cluster === fluxIn)) return undefined;
  return elsewhere
    ? { deploysInto: 'deploys into another cluster (spec.kubeConfig)', wanted: 'the one that Flux runs in' }
    : { deploysInto: `deploys into its own cluster, ${fluxIn} (it has no spec.kubeConfig)`, wanted: cluster };
}

/** Who has applied live objects, where that is another Kustomization, by the labels that it gives them: a sentence of a remedy. */
function appliedByOthers({ ref }: KustomizationState, live: readonly unknown[]): string {
  const told = live.flatMap((object) => {
    const label = (key: string) => at(object, 'metadata', 'labels', `kustomize.toolkit.fluxcd.io/${key}`);
    const [name, namespace] = [label('name'), label('namespace')].map(String);
    if (label('name') === undefined || (name === ref.name && namespace === ref.namespace)) return [];
    return [
      `${String(at(object, 'kind'))} ${String(at(object, 'metadata', 'name'))} by Kustomization ${namespace}/${name}`,
    ];
  });
  return told.length === 0
    ? ''
    : ` Applied is ${enumerated(told)}: where one applies all of Authentik's objects, name that one in authentik.kustomization; else set authentik.deployBy: external.`;
}

/** Whether the HelmRelease makes the Deployment of registrar.yaml, and may be asked. Throws `Refused`, or `NotFound`. */
export async function checkHelmRelease(deps: Deps, removes = false): Promise<void> {
  const { namespace, deployment } = deps.installation.authentik;
  const ref = helmReleaseRef(deps.installation);
  if (ref === undefined) return;
  const { flux } = await fluxOf(deps);
  const state = await flux.helmRelease(ref);
  assertNotSuspended(state);
  assertApplied(state);
  if (state.elsewhere)
    throw refused(
      `${state.label} deploys into another cluster (spec.kubeConfig) than its Kustomization, and the Deployment is to be beside the ConfigMap and the ExternalSecret`,
      'Correct authentik.helmRelease in registrar.yaml, or set authentik.deployBy: external.',
    );
  await assertTakesFile(deps.git, await targetHead(deps), deployment, state, removes);
  const made = state.inventory?.includes(inventoryId(syncResource(deps, 'deployment'))) ?? true;
  if (made && state.targetNamespace === namespace) return;
  throw refused(
    `${state.label} does not deploy Deployment ${namespace}/${deployment.name}`,
    'Correct authentik.deployment.name, namespace or helmRelease in registrar.yaml.',
  );
}

/** A Kustomization, with its source: the GitOps repository at the target branch, and nothing suspended. Throws `Refused`. */
export async function sourceChecked(
  deps: Deps,
  target: Target | undefined,
  remedy: string,
): Promise<KustomizationState> {
  const { flux, ref } = await fluxOf(deps, target);
  const state = await flux.kustomization(ref);
  const { sourceRef } = state;
  if (sourceRef.kind !== 'GitRepository')
    throw refused(
      `${state.label} deploys from ${sourceRef.kind} ${sourceRef.namespace}/${sourceRef.name}, and what lands in Git comes there by way of somebody else`,
      `${remedy}; or set authentik.deployBy: external, which waits until it is deployed.`,
    );
  const source = await flux.gitRepository(sourceRef);
  const { gitops } = deps.installation;
  if (!isGitOpsRepository(gitops, source.url))
    throw refused(
      `${source.label}, from which ${state.label} deploys, is ${source.url}, not gitops.remote of registrar.yaml`,
      `${remedy}, or add the address to gitops.aliases if it is the same repository.`,
    );
  if (source.branch !== gitops.branch)
    throw refused(
      `${source.label}, from which ${state.label} deploys, follows ${source.follows}, and the target branch of registrar.yaml is ${gitops.branch}`,
      `Have it follow branch ${gitops.branch}, or correct gitops.branch.`,
    );
  if (source.verifiesHead && gitops.landBy === 'push')
    throw refused(
      `${source.label} takes signed commits alone (spec.verify), and the job signs none`,
      'Set gitops.landBy: pullRequest, where the forge signs the merge; or take spec.verify out.',
    );
  assertNotSuspended(state);
  assertNotSuspended(source);
  return state;
}

/** A controller leaves a suspended object alone. Throws `Refused`. */
function assertNotSuspended(state: FluxState): void {
  if (!state.suspended) return;
  const { kind, ref } = state;
  const command = `flux resume ${kind === 'GitRepository' ? 'source git' : kind.toLowerCase()} ${ref.name} -n ${ref.namespace}`;
  throw refused(whyNot(state) ?? '', `Resume it when it may deploy again: ${command}`);
}

/** What fails at the run's base already is not for the run to find out at its end: it is waited for, then refused. Throws `Failed`. */
export async function assertReady(
  deps: Deps,
  { base, continued }: Pick<Job, 'base' | 'continued'>,
  targets: readonly Target[],
): Promise<void> {
  // What a dead run has landed may be what fails, and its end is for the undo.
  if (continued) return;
  const { flux, ref } = await fluxOf(deps, targets[0]);
  const helmRelease = helmReleaseOf(deps, targets);
  const states = await statesOf(flux, ref, helmRelease);
  if (states.every(({ ready }) => ready?.status === 'True')) return mayAsk(flux, states);
  const missing = async (): Promise<undefined> => undefined;
  const wanted = { flux, kustomization: ref, helmRelease, commit: base, missing };
  await untilDeployed(deps, { ...wanted, stillWell: true });
}

/** A request that the worker's role does not allow is better refused now than when the change has landed. Throws `Unauthorized`. */
async function mayAsk(flux: Flux, states: readonly FluxState[]): Promise<void> {
  const token = new Date().toISOString();
  for (const { kind, ref } of states) await flux.reconcile(kind, ref, token);
}

/** Throws `Refused` where the Kustomization's folder does not lead to one of these files. */
export async function assertBuilds(
  deps: Deps,
  state: KustomizationState,
  files: readonly string[],
  remedy: string,
): Promise<void> {
  const why = await whyNotBuilt(deps.git, await targetHead(deps), state, files);
  if (why !== undefined) throw refused(why, `Correct ${remedy}`);
}

/** Throws `Refused` where the Kustomization has not applied one of these objects. */
function assertHas({ label, inventory }: KustomizationState, objects: readonly SyncResource[], others: string): void {
  if (inventory === undefined) throw refused(`${label} has applied nothing yet`, 'See that kustomize-controller runs.');
  const lacking = objects.find((object) => !inventory.includes(inventoryId(object)));
  if (lacking === undefined) return;
  throw refused(
    `${label} does not deploy ${lacking.kind} ${lacking.namespace}/${lacking.name}`,
    `${
      lacking.kind === 'Deployment'
        ? 'Correct its name in registrar.yaml, or name authentik.helmRelease where Helm makes it.'
        : 'Correct the names in registrar.yaml, field authentik, or authentik.kustomization.'
    }${others}`,
  );
}

/** As a Kustomization lists an object (github.com/fluxcd/cli-utils, `pkg/object`). */
export function inventoryId({ namespace, name, group, kind }: SyncResource): string {
  return [namespace, name, group, kind].join('_');
}

/** What keeps Flux from bringing a later state of an object that is there (fluxcd.io, "Controlling the apply behavior"). */
const KEPT: readonly Mark[] = [
  ['kustomize.toolkit.fluxcd.io/reconcile', 'disabled'],
  ['kustomize.toolkit.fluxcd.io/ssa', 'IfNotPresent'],
  ['kustomize.toolkit.fluxcd.io/ssa', 'Ignore'],
];
/** What keeps it from taking one away. */
export const NOT_PRUNED: Mark = ['kustomize.toolkit.fluxcd.io/prune', 'disabled'];
type Mark = readonly [annotation: string, value: string];

/** Flux does with a live object what Git says, whatever its labels and annotations. Throws `Refused`. */
export function assertApplied(live: unknown, ...further: readonly Mark[]): void {
  const kept = [...KEPT, ...further].find(([key, value]) =>
    ['labels', 'annotations'].some((field) => at(live, 'metadata', field, key) === value),
  );
  if (kept === undefined) return;
  throw refused(
    `Flux leaves ${String(at(live, 'kind'))} ${String(at(live, 'metadata', 'name'))} as it is: it bears ${kept.join(': ')}`,
    'Take that out of the manifest, so that Flux follows what lands.',
  );
}

function releaseOf({ installation }: Deps): SyncResource | undefined {
  const ref = helmReleaseRef(installation);
  return ref === undefined ? undefined : { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', ...ref };
}

/**
 * What registrar.yaml says is substituted must be what the Kustomization substitutes: by the file plans are made without a worker. Throws
 * `Refused` with the names, not with the values.
 */
export async function checkSubstitution(deps: Deps): Promise<void> {
  const { flux, ref } = await fluxOf(deps);
  const state = await flux.kustomization(ref);
  const { values, untold } = await substitutionOf(flux, state);
  const { substitute } = deps.installation.gitops;
  const said = Object.keys(substitute === undefined || substitute === false ? {} : substitute);
  const names =
    substitute === false
      ? [...Object.keys(values), ...untold.map((holder) => `what ${holder} holds`)]
      : said.filter((name) => differs(name));
  if (names.length === 0) return;
  throw refused(
    `gitops.substitute of registrar.yaml says otherwise than ${state.label} (postBuild) on ${names.join(', ')}`,
    'Correct it there, or take it out: the job reads what the Kustomization and its ConfigMaps say.',
  );

  function differs(name: string): boolean {
    const value = own(values, name);
    return value === undefined
      ? untold.length === 0
      : value !== own(substitute as Readonly<Record<string, string>>, name);
  }
}
