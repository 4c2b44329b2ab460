import { directionOf } from '../../core/run/direction.ts';
import { bringsKey, ownEntry } from '../../core/kubernetes/externalSecret/ownEntry.ts';
import { editOf, editsAt, entryOfValue } from '../../core/changes/entry.ts';
import { at } from '../../core/base/own.ts';
import { enumerated } from '../../core/base/words.ts';
import { blueprintMountOf, podPlaces } from '../../core/kubernetes/blueprintMount.ts';
import { mappingsOf } from '../../core/kubernetes/containerEnvironment.ts';
import { deliveryOf, type PodTemplate } from '../../core/kubernetes/delivery.ts';
import { makeClient, sayAsPlanned } from '../../core/run/sectionOfJob.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { type Delivered, deliveredOf } from '../../core/names/delivered.ts';
import type { Names } from '../../core/names/names.ts';
import { type OurResource, keysOf } from '../../core/kubernetes/ourEntries.ts';
import { type Job, editsResource, updatedBy } from '../../core/run/job.ts';
import type { ExternalSecretObject, ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { Deps } from '../deps.ts';

/** The resources that hold an entry of each client, in the order in which they are deployed. */
export const RESOURCES: readonly OurResource[] = ['externalSecret', 'configMap', 'deployment'];

/** The {@link RESOURCES} in which a client has an entry: to a public one the ExternalSecret brings nothing. */
export function resourcesOf(names: Names): readonly OurResource[] {
  return deliveredOf(names).length > 0 ? RESOURCES : RESOURCES.filter((resource) => resource !== 'externalSecret');
}

export interface SyncResource {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function syncResource(deps: Pick<Deps, 'installation'>, resource: OurResource): SyncResource {
  const { namespace, externalSecret, blueprints, deployment } = deps.installation.authentik;
  switch (resource) {
    case 'externalSecret':
      return { group: 'external-secrets.io', kind: 'ExternalSecret', namespace, name: externalSecret.name };
    case 'configMap':
      return { group: '', kind: 'ConfigMap', namespace, name: blueprints.configMap };
    case 'deployment':
      return { group: 'apps', kind: 'Deployment', namespace, name: deployment.name };
  }
}

export function deploymentRef(deps: Deps) {
  const { namespace, deployment } = deps.installation.authentik;
  return { namespace, name: deployment.name, container: deployment.container };
}

export function externalSecretRef(deps: Deps) {
  const { namespace, externalSecret } = deps.installation.authentik;
  return { namespace, name: externalSecret.name };
}

/** The live ExternalSecret. Throws `NotFound`. */
export async function liveExternalSecret(deps: Deps): Promise<ExternalSecretState> {
  const ref = externalSecretRef(deps);
  const state = await deps.externalSecrets.read(ref);
  if (state !== undefined) return state;
  throw notFound(deps, 'externalSecret');
}

/** As {@link liveExternalSecret}, without a look at its store and its Events. Throws `NotFound`. */
export async function glanceAtExternalSecret(deps: Deps): Promise<ExternalSecretObject> {
  const object = await deps.externalSecrets.glance(externalSecretRef(deps));
  if (object !== undefined) return object;
  throw notFound(deps, 'externalSecret');
}

/** One of our resources as it is live, and nothing beside it. Throws `NotFound`. */
async function liveObject(deps: Deps, resource: OurResource): Promise<KubernetesObject> {
  const object = await deps.cluster.get(objectRef(deps, resource));
  if (object !== undefined) return object;
  throw notFound(deps, resource);
}

function notFound(deps: Deps, resource: OurResource): RegistrarError {
  const { kind, namespace, name } = syncResource(deps, resource);
  return new RegistrarError({
    system: resource === 'externalSecret' ? 'External Secrets' : 'Kubernetes',
    kind: 'NotFound',
    message: `cluster ${deps.cluster.name} has no ${kind} ${namespace}/${name}`,
    remedy: `Name the live ${kind} in registrar.yaml, field ${FIELDS[resource]}, or deploy it first.`,
  });
}

/** Fields of registrar.yaml that name our resources. */
const FIELDS: Readonly<Record<OurResource, string>> = {
  externalSecret: 'authentik.externalSecret',
  configMap: 'authentik.blueprints.configMap',
  deployment: 'authentik.deployment',
};

/** What the live ExternalSecret asks for, without a look at how it is refreshed. Throws `NotFound`. */
export async function liveExternalSecretSpec(deps: Deps): Promise<Pick<ExternalSecretState, 'spec'>> {
  return { spec: (await liveObject(deps, 'externalSecret'))['spec'] as ExternalSecretState['spec'] };
}

/** `data` of the live ConfigMap. Throws `NotFound`. */
export async function liveBlueprints(deps: Deps): Promise<Readonly<Record<string, string>>> {
  return ((await liveObject(deps, 'configMap'))['data'] ?? {}) as Record<string, string>;
}

export async function liveRollout(deps: Deps): Promise<RolloutState> {
  return deps.deployments.rollout(deploymentRef(deps));
}

export async function glanceAtRollout(deps: Deps): ReturnType<Deps['deployments']['glance']> {
  return deps.deployments.glance(deploymentRef(deps));
}

/** Which of our entries are live now. */
export interface LiveEntries {
  readonly externalSecret: boolean;
  readonly deployment: boolean;
  readonly configMap: boolean;
}

export async function liveEntries(deps: Deps, job: Pick<Job, 'names' | 'blueprint' | 'edits'>): Promise<LiveEntries> {
  const [externalSecret, deployment, blueprints] = await Promise.all([
    !resourcesOf(job.names).includes('externalSecret') || hasOurEntry(deps, job, 'externalSecret', 'all'),
    !editsResource(job, 'deployment') || hasOurEntry(deps, job, 'deployment', 'all'),
    liveBlueprints(deps),
  ]);
  return {
    externalSecret,
    deployment,
    configMap: sayAsPlanned(blueprints, job),
  };
}

/** The first key of the client that a live ExternalSecret does not bring; undefined where it brings all. */
export function missingKey(
  { spec }: Pick<ExternalSecretState, 'spec'>,
  { names }: Pick<Job, 'names'>,
): string | undefined {
  return deliveredOf(names).find(({ secretKey }) => !bringsKey(spec, secretKey))?.secretKey;
}

/** The first key of the client that a live ExternalSecret still has an entry for; undefined where it has none. */
function namedKey({ spec }: Pick<ExternalSecretState, 'spec'>, { names }: Pick<Job, 'names'>): string | undefined {
  return deliveredOf(names).find(({ secretKey }) => ownEntry(spec, secretKey) !== undefined)?.secretKey;
}

/**
 * Whether a live resource names any entry of ours, or has all of them, each so that its value arrives. A blueprint of other text under
 * our key counts as naming, but for one that makes other clients alone.
 */
export async function hasOurEntry(
  deps: Deps,
  job: Pick<Job, 'names' | 'edits'>,
  resource: OurResource,
  which: Which = 'any',
): Promise<boolean> {
  switch (resource) {
    case 'externalSecret': {
      const live = await liveExternalSecretSpec(deps);
      return which === 'any' ? namedKey(live, job) !== undefined : missingKey(live, job) === undefined;
    }
    case 'deployment':
      return deploymentNames(deps, job, which);
    case 'configMap':
      return makeClient(await liveBlueprints(deps), job.names);
  }
}

type Which = 'any' | 'all';

async function deploymentNames(deps: Deps, job: Pick<Job, 'names' | 'edits'>, which: Which): Promise<boolean> {
  const { names, edits } = job;
  if (editOf(edits, 'blueprintItem') !== undefined) {
    const mounts = await mountsSection(deps, job);
    if (!mounts || editsAt(edits, 'deployment').length === 0) return mounts;
  }
  const edited = deliveredOf(names).filter((_, i) => editOf(edits, entryOfValue('deployment', i)) !== undefined);
  // Without edits, as a check has none, each value counts.
  const values = edited.length === 0 ? deliveredOf(names) : edited;
  const { container } = deps.installation.authentik.deployment;
  const pod = (at(await liveObject(deps, 'deployment'), 'spec', 'template', 'spec') ?? {}) as PodTemplate;
  const isThere = (value: Delivered): boolean => deliveryOf(value).entryIn(pod, container) !== undefined;
  return which === 'any' ? values.some(isThere) : values.every(isThere);
}

/** Whether a volume of the live Deployment brings the client's section to the worker. */
async function mountsSection(deps: Deps, { names }: Pick<Job, 'names'>): Promise<boolean> {
  const { deployment, blueprints } = deps.installation.authentik;
  const live = await deps.cluster.get(objectRef(deps, 'deployment'));
  const folder = `/blueprints/${blueprints.mountedAs}`;
  const mount = blueprintMountOf(live, podPlaces(live, deployment.container), blueprints.configMap, folder);
  if (mount.kind !== 'items') return mount.kind === 'whole';
  const mounted = new Set(mappingsOf(at(live, ...mount.path) as { key?: unknown }[]).map(({ key }) => key));
  return keysOf(names).every((key) => mounted.has(key));
}

/** Whether what this job makes of a resource is live: our entry there, with our text where another was; gone for a removal. */
export async function changeIsLive(
  deps: Deps,
  job: Pick<Job, 'names' | 'removal' | 'edits' | 'blueprint'>,
  resource: OurResource,
): Promise<boolean> {
  if (!editsResource(job, resource)) return true;
  if (resource === 'configMap' && updatedBy(job, resource)) return sayAsPlanned(await liveBlueprints(deps), job);
  // Half of it, an entry whose template does not pass it on, or one of two entries, is neither there nor gone.
  return directionOf(job).brings ? hasOurEntry(deps, job, resource, 'all') : !(await hasOurEntry(deps, job, resource));
}

/** Whether a change that is taken back is out of the cluster, in words: an entry that is gone, or for a removal back. */
function wordsOf(job: Pick<Job, 'removal' | 'edits'>, resource: OurResource) {
  if (resource === 'configMap' && updatedBy(job, resource))
    return { done: 'has its old section again for', waiting: 'still has the new section for' };
  return directionOf(job).brings
    ? { done: 'no longer names', waiting: 'still names' }
    : { done: 'names again', waiting: 'does not name yet' };
}

/** As a sentence, that a resource is as it was before the change. */
export function takenBackFrom(deps: Deps, job: Job, resource: OurResource): string {
  return `${describe(deps, resource)} ${wordsOf(job, resource).done} ${job.client}`;
}

const API_VERSIONS: Readonly<Record<OurResource, string>> = {
  externalSecret: 'external-secrets.io/v1',
  deployment: 'apps/v1',
  configMap: 'v1',
};

/** Where a resource is live. */
export function objectRef(deps: Pick<Deps, 'installation'>, resource: OurResource): ObjectRef {
  const { kind, name, namespace } = syncResource(deps, resource);
  return { apiVersion: API_VERSIONS[resource], kind, namespace, name };
}

/** The file of the GitOps repository that holds a resource. */
export function fileOf(deps: Pick<Deps, 'installation'>, resource: OurResource): string {
  const { externalSecret, blueprints, deployment } = deps.installation.authentik;
  return { externalSecret: externalSecret.file, configMap: blueprints.file, deployment: deployment.file }[resource];
}

/** Whether a chart makes a resource: its file holds values, which say nothing of it but our entry. */
export function isOfChart({ installation }: Pick<Deps, 'installation'>, resource: OurResource): boolean {
  return resource === 'deployment' && installation.authentik.deployment.valuesPath !== undefined;
}

/** Kind and name, for people. */
export function describe(deps: Pick<Deps, 'installation'>, resource: OurResource): string {
  const { kind, name } = syncResource(deps, resource);
  return `${kind} ${name}`;
}

/** As a sentence, which of these resources still holds what the change made of it; undefined where none does. */
export async function stillChanged(
  deps: Deps,
  job: Job,
  resources: readonly OurResource[],
): Promise<string | undefined> {
  for (const resource of resources) {
    if (await changeIsLive(deps, job, resource))
      return `${describe(deps, resource)} ${wordsOf(job, resource).waiting} ${job.client}`;
  }
  return undefined;
}

/** As a sentence, which of these resources a removal is still to be deployed to; undefined where each is without our entry. */
export async function stillNames(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<string | undefined> {
  for (const resource of resources) {
    if (!(await changeIsLive(deps, job, resource)))
      return `the live ${describe(deps, resource)} still names ${job.client}`;
  }
  return undefined;
}

/** Our entry in a live object, in the words by which it is listed. */
export function describeEntry(deps: Deps, job: Pick<Job, 'client'>, resource: OurResource): string {
  return `the entry of ${job.client} in the live ${describe(deps, resource)}`;
}

/** What of these resources does not hold our entry yet, as a sentence. */
export async function notLive(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<string | undefined> {
  if (resources.includes('configMap') && !sayAsPlanned(await liveBlueprints(deps), job)) {
    return `the live ConfigMap does not hold ${keysOf(job.names).join(' and ')} yet`;
  }
  if (
    resources.includes('deployment') &&
    editsResource(job, 'deployment') &&
    !(await hasOurEntry(deps, job, 'deployment', 'all'))
  ) {
    const sources = deliveredOf(job.names).map((value) => deliveryOf(value).source);
    return `the live Deployment does not name ${enumerated(sources)} yet`;
  }
  return undefined;
}
