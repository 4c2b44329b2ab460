import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from './applyingCluster.ts';
import { itemsOf } from './list.ts';
import { apiVersionOf, RESOURCE_KINDS, type ResourceKind } from './resourceKinds.ts';
import type { Store } from './store.ts';

/**
 * The same cluster, read as a controller does: from memory, as informers keep it, but never older than what the API server stores. A
 * controller that looks many times a second would else ask for the same objects over and over. What it reads is shared, so it is frozen.
 */
export function readIn(store: Store, cluster: ApplyingCluster): ApplyingCluster {
  return {
    name: cluster.name,
    allows: (rule) => cluster.allows(rule),
    get: async (ref) => {
      const kind = kindOf(ref);
      // Of what it does not serve the API server speaks in its own words.
      if (kind === undefined || ref.subresource !== undefined) return cluster.get(ref);
      const found = store.find(kind, ref.namespace, ref.name);
      return found === undefined ? undefined : asAnswered(found);
    },
    list: async (asked) => {
      const kind = kindOf(asked);
      if (kind === undefined) return cluster.list(asked);
      const { labelSelector = '', fieldSelector = '' } = asked;
      const namespace = kind.namespaced ? asked.namespace : undefined;
      return itemsOf(store, { kind, namespace }, new URLSearchParams({ labelSelector, fieldSelector })).map(asAnswered);
    },
    create: (object) => cluster.create(object),
    replace: (object) => cluster.replace(object),
    apply: (object, options) => cluster.apply(object, options),
    mergePatch: (ref, patch) => cluster.mergePatch(ref, patch),
    jsonPatch: (ref, patch) => cluster.jsonPatch(ref, patch),
    delete: (ref, options) => cluster.delete(ref, options),
  };
}

function kindOf({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): ResourceKind | undefined {
  return RESOURCE_KINDS.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
}

/** What is stored is replaced by every change: so each is made once. */
const answers = new WeakMap<object, KubernetesObject>();

/** An object as it comes over the wire. */
function asAnswered(stored: Readonly<KubernetesObject>): KubernetesObject {
  const known = answers.get(stored);
  if (known !== undefined) return known;
  const answer = JSON.parse(JSON.stringify(stored)) as KubernetesObject;
  freeze(answer);
  answers.set(stored, answer);
  return answer;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
