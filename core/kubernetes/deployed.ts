import { keyIn } from '../base/keyedLists.ts';
import { appliedBy, type ManagedFieldsEntry } from './managedFields.ts';
import { isMapping, own } from '../base/own.ts';

interface Live {
  readonly metadata: {
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFieldsEntry[];
  };
  readonly [field: string]: unknown;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What of a live object somebody has deployed: what its last client-side apply said, and what managers hold by server-side apply. All
 * else is of the API server, an autoscaler, a controller such as Reloader or a person's edit, and the next deployment leaves it
 * alone. Undefined where nothing tells: then anything may have been deployed.
 */
export type Deployed = readonly unknown[] | undefined;

export function deployedOf(live: Live): Deployed {
  const last = lastApplied(live);
  const managers = (live.metadata.managedFields ?? [])
    .filter(({ operation, subresource }) => operation === 'Apply' && subresource === undefined)
    .flatMap(({ manager }) => (manager === undefined ? [] : [manager]));
  const trees = [...new Set(managers)].map((manager): unknown => appliedBy(live, manager));
  const all = [...(last === undefined ? [] : [last]), ...trees];
  return all.length === 0 ? undefined : all;
}

/** What the last client-side apply said, whole; undefined where there was none, or the annotation cannot be read. */
export function lastApplied({ metadata }: Live): unknown {
  try {
    return JSON.parse(metadata.annotations?.[LAST_APPLIED] ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** What is deployed below a field. */
export function deployedBelow(deployed: Deployed, field: string): Deployed {
  return deployed?.flatMap((tree) => {
    const value = isMapping(tree) ? own(tree, field) : undefined;
    return value === undefined ? [] : [value];
  });
}

/** What is deployed of one entry of a list whose entries have keys. */
export function deployedEntry(deployed: Deployed, field: string, key: string): Deployed {
  return deployed?.flatMap((tree) => {
    const keyOf = Array.isArray(tree) ? keyIn(field, tree) : undefined;
    const entry = keyOf === undefined ? undefined : (tree as readonly unknown[]).find((each) => keyOf(each) === key);
    return entry === undefined ? [] : [entry];
  });
}

/** Whether somebody has deployed anything of it. */
export function isDeployed(deployed: Deployed): boolean {
  return deployed === undefined || deployed.length > 0;
}
