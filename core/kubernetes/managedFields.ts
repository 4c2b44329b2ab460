import { isMapping, own } from '../base/own.ts';

/**
 * Reads `metadata.managedFields` (Kubernetes documentation, "Server-Side Apply"): which manager holds which field. The keys
 * of `fieldsV1` are `f:<field>`, `k:<keys of a list entry as JSON>`, `v:<value>` and `.` for the entry itself.
 */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: FieldsV1;
}

export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

interface Managed {
  readonly metadata: { readonly managedFields?: readonly ManagedFieldsEntry[] };
}

type Json = unknown;

/** By this name `managedFields` show what the job has written. */
export const FIELD_MANAGER = 'oidc-registrar';

/**
 * What a manager has applied of an object, with the live values: what it must name again in its next apply, for a field that it
 * leaves out is taken away. (client-go's `Extract…` functions do the same for typed objects.)
 */
export function appliedBy(object: Managed & Readonly<Record<string, Json>>, manager: string): Record<string, Json> {
  const entry = (object.metadata.managedFields ?? []).find(
    (each) => each.manager === manager && each.operation === 'Apply' && each.subresource === undefined,
  );
  return entry?.fieldsV1 === undefined ? {} : (pick(object, entry.fieldsV1) as Record<string, Json>);
}

function pick(value: Json, fields: FieldsV1): Json {
  const elements = Object.keys(fields).filter((element) => element !== '.');
  if (elements.length === 0) return value;
  if (Array.isArray(value)) return value.flatMap((entry) => pickEntry(entry, fields));
  if (!isMapping(value)) return value;
  const picked = elements.flatMap((element): [string, Json][] => {
    const [name, below] = [element.slice(2), fields[element]];
    const found = element.startsWith('f:') ? own(value, name) : undefined;
    return below === undefined || found === undefined ? [] : [[name, pick(found, below)]];
  });
  return Object.fromEntries(picked);
}

/** An entry of a list, by the element that means it, with its keys; none where the manager does not hold it. */
function pickEntry(entry: Json, fields: FieldsV1): readonly Json[] {
  for (const [element, below] of Object.entries(fields)) {
    if (element.startsWith('v:') && JSON.stringify(entry) === element.slice(2)) return [entry];
    if (!element.startsWith('k:') || !isMapping(entry)) continue;
    const keys = JSON.parse(element.slice(2)) as Record<string, Json>;
    if (!Object.entries(keys).every(([name, value]) => own(entry, name) === value)) continue;
    return [isMapping(pick(entry, below)) ? { ...keys, ...(pick(entry, below) as object) } : entry];
  }
  return [];
}
