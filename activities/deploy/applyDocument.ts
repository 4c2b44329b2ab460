import { covers } from '../../core/covers.ts';
import { entryOf } from '../../core/entries.ts';
import { appliedBy, FIELD_MANAGER } from '../../core/managedFields.ts';
import type { Manifest } from '../../core/manifests.ts';
import type { Job } from '../../core/run.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Deps } from '../deps.ts';
import type { ResourceName } from '../live.ts';

type Names = Pick<Job, 'names'>;
type Entry = Readonly<Record<string, unknown>>;

/** Our entry of a manifest or a live object: a section's text, an env entry, an entry of `spec.data`; undefined where absent. */
export function entryIn(
  deps: Deps,
  { names }: Names,
  resource: ResourceName,
  object: Manifest | KubernetesObject,
): unknown {
  return entryOf(resource, object, names, deps.installation.authentik.deployment.container);
}

/** Where `managedFields` show who holds our entry. */
export function fieldPathOf(deps: Deps, { names }: Names, resource: ResourceName): readonly string[] {
  switch (resource) {
    case 'configMap':
      return ['f:data', `f:${names.blueprintKey}`];
    case 'externalSecret':
      return ['f:spec', 'f:data'];
    case 'deployment': {
      const { container } = deps.installation.authentik.deployment;
      const containers = ['f:spec', 'f:template', 'f:spec', 'f:containers', `k:${JSON.stringify({ name: container })}`];
      return [...containers, 'f:env', `k:${JSON.stringify({ name: names.envVar })}`];
    }
  }
}

/**
 * What the job applies: all that it has applied before of this object, for what an apply leaves out is taken away, with our entry
 * put in, or with `entry` undefined taken out. `spec.data` is one value to the API server (its list type is atomic), so it goes whole.
 */
export function documentOf(
  deps: Deps,
  job: Names,
  resource: ResourceName,
  live: KubernetesObject,
  entry: unknown,
): KubernetesObject {
  const { apiVersion, kind, metadata } = live;
  const { metadata: held, ...applied } = appliedBy(live, FIELD_MANAGER) as { metadata?: object };
  const head = {
    apiVersion,
    kind,
    metadata: {
      ...held,
      name: metadata.name,
      namespace: metadata.namespace ?? 'default',
      // Another run may apply its own entry at the same time: one of the two reads again.
      resourceVersion: metadata.resourceVersion ?? '',
    },
  };
  return { ...head, ...withEntry(deps, job, resource, live, applied, entry) };
}

function withEntry(
  deps: Deps,
  { names }: Names,
  resource: ResourceName,
  live: KubernetesObject,
  applied: Entry,
  entry: unknown,
): Entry {
  switch (resource) {
    case 'configMap': {
      const { [names.blueprintKey]: _ours, ...data } = (applied['data'] ?? {}) as Entry;
      return put(applied, 'data', entry === undefined ? data : { ...data, [names.blueprintKey]: entry });
    }
    case 'externalSecret': {
      const data = dataOf(live);
      const others = data.filter((each) => each['secretKey'] !== names.secretKey);
      const spec = (applied['spec'] ?? {}) as Entry;
      // An entry that is there stays in its place: another order would be another list, and a conflict. A repair puts it right.
      const right = (each: Entry): unknown =>
        each['secretKey'] === names.secretKey && !covers(each, entry) ? entry : each;
      const wanted = others.length < data.length ? data.map(right) : [...data, entry];
      return { ...applied, spec: { ...spec, data: entry === undefined ? others : wanted } };
    }
    case 'deployment':
      return withEnv(applied, deps.installation.authentik.deployment.container, names.envVar, entry);
  }
}

/** The containers are a list by name, and so is `env`: only ours is named. */
function withEnv(applied: Entry, container: string, name: string, entry: unknown): Entry {
  const spec = (applied['spec'] ?? {}) as Entry;
  const template = (spec['template'] ?? {}) as Entry;
  const pod = (template['spec'] ?? {}) as Entry;
  const all = (pod['containers'] ?? []) as readonly Entry[];
  const ours = all.find((each) => each['name'] === container) ?? { name: container };
  const env = ((ours['env'] ?? []) as readonly Entry[]).filter((each) => each['name'] !== name);
  const next = put(ours, 'env', entry === undefined ? env : [...env, entry]);
  const containers = [...all.filter((each) => each['name'] !== container), next].filter(isMoreThanName);
  return put(applied, 'spec', put(spec, 'template', put(template, 'spec', put(pod, 'containers', containers))));
}

/** With a field, or without it where nothing is in it: an empty one would be a field that we hold. */
function put(holder: Entry, field: string, value: object): Entry {
  const { [field]: _old, ...rest } = holder;
  return Object.keys(value).length === 0 ? rest : { ...holder, [field]: value };
}

/** A container of which nothing is left but its name is not ours to hold. */
function isMoreThanName({ name: _name, ...rest }: Entry): boolean {
  return Object.keys(rest).length > 0;
}

function dataOf(object: Manifest | KubernetesObject): readonly Entry[] {
  return ((object['spec'] as Entry | undefined)?.['data'] ?? []) as readonly Entry[];
}
