import { own } from '../../base/own.ts';
import { specOf, text } from './spec.ts';
import { readTemplate } from './templateText.ts';

/** What of an ExternalSecret is a client's: the entry that fetches its value, and the line that passes it on. */
export interface OwnEntry {
  readonly entry?: Readonly<Record<string, unknown>>;
  readonly line?: string;
}

/**
 * The client's part of a `spec`, by the key of the Secret: a line under that key, and the entry of `spec.data` whose value it is. An
 * entry whose value others take too is theirs as well, and left out. Undefined where there is none of both.
 */
export function ownEntry(spec: unknown, secretKey: string): OwnEntry | undefined {
  const { data, template } = specOf(spec);
  const line = own(template?.data, secretKey);
  const engine = template?.engine ?? 'v2';
  const name = line === undefined ? secretKey : readTemplate(line, engine).verbatim;
  const at = data.findLastIndex((each) => each.secretKey === name);
  const others = [
    ...Object.entries(template?.data ?? {}).flatMap(([key, each]) => (key === secretKey ? [] : [each])),
    ...(template?.from ?? []).flatMap((each) => text(each['literal']) ?? []),
    ...(template?.metadata ?? []),
  ];
  const isShared =
    others.some((each) => readTemplate(each, engine).uses.includes(name ?? '')) ||
    (line !== undefined && name !== secretKey && template?.passesAll === true);
  const entry = at < 0 || isShared ? undefined : rawEntries(spec)[at];
  if (entry === undefined && line === undefined) return undefined;
  return { ...(entry === undefined ? {} : { entry }), ...(line === undefined ? {} : { line }) };
}

/** Whether a `spec` brings some value to a key of the Secret, as far as its own names tell. */
export function bringsKey(spec: unknown, secretKey: string): boolean {
  const { data, dataFrom, template } = specOf(spec);
  const line = own(template?.data, secretKey);
  const fetches = (name: string): boolean => data.some((each) => each.secretKey === name);
  if (line === undefined) return (template?.passesAll ?? true) && fetches(secretKey);
  const { verbatim } = readTemplate(line, template?.engine ?? 'v2');
  return verbatim !== undefined && (fetches(verbatim) || dataFrom.length > 0);
}

interface MutableSpec {
  data?: unknown;
  target?: { template?: { data?: Record<string, unknown> } };
}

/** A `spec` without the client's part. */
export function withoutOwnEntry(spec: unknown, secretKey: string): unknown {
  const { entry, line } = ownEntry(spec, secretKey) ?? {};
  const copy = structuredClone(spec) as MutableSpec;
  if (entry !== undefined) copy.data = rawEntries(spec).filter((each) => each !== entry);
  if (line !== undefined) delete copy.target?.template?.data?.[secretKey];
  return copy;
}

function rawEntries(spec: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { data } = (spec ?? {}) as { data?: unknown };
  return Array.isArray(data) ? (data as Readonly<Record<string, unknown>>[]) : [];
}
