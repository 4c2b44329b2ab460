import { expect } from 'vitest';

/** How a run may end; anything else is broken. */
export const ENDS_OF_RUNS = ['done', 'rolled back', 'stopped, all listed'] as const;
export type End = (typeof ENDS_OF_RUNS)[number];

/** A run that ended well leaves no branch and no turn, or says so. What one before it has left and said is still there. */
export function expectTidy(before: unknown, after: unknown, result: unknown): void {
  const [was, is] = [before as Snapshot, after as Snapshot];
  const told = JSON.stringify(result);
  const branches = is.repository.branches.filter((branch) => !was.repository.branches.includes(branch));
  const held = Object.entries({ ...is.management, ...is.workload }).filter(
    ([key, lease]) => key.startsWith('Lease ') && JSON.stringify(lease).includes('oidc-registrar/holder'),
  );
  const left = [...branches, ...held.map(() => 'the turn')];
  expect(left.filter((word) => !told.includes(word))).toEqual([]);
}

interface Snapshot {
  readonly repository: { readonly head: string; readonly branches: readonly string[]; readonly files: Named };
  readonly vault: readonly { readonly id?: string; readonly fields: readonly { readonly label?: string }[] }[];
  readonly management: Named;
  readonly workload: Named;
  readonly authentik: Readonly<Record<string, readonly Named[] | Named>>;
}
type Named = Readonly<Record<string, unknown>>;

/** What follows from something else that differs, and is never told by itself. */
const FOLLOWS = /^(Pods|Application |Secret |ReplicaSet )/;
/** What says that a field is the job's follows from the field. */
const MARK = /^oidc-registrar made /;
/** A branch that people are asked to merge is told by its pull request. */
const PROPOSED_UNDO = 'takes it back and waits for its merge';
/** By what else they are told: a turn, those of consumers in one, and where a blueprint is kept and mounted by how to deploy it. */
const TOLD_AS: Readonly<Record<string, readonly string[]>> = {
  Lease: ['turn'],
  ConfigMap: ['ConfigMap and Deployment'],
  Deployment: ['ConfigMap and Deployment'],
  ExternalSecret: ["the ExternalSecret's entry", 'the ExternalSecrets of the consumers'],
};
const FOLLOWING_MODELS = new Set(['bindings', 'policyBindings', 'tokens', 'fixtures', 'roles', 'sessions']);

/** Everything that differs, each by the words by which people are told of it; one of them is enough. */
export function differences(before: unknown, after: unknown): readonly (readonly string[])[] {
  const [was, is] = [before as Snapshot, after as Snapshot];
  return [
    ...differing(counted(was.repository.branches), counted(is.repository.branches)).map((name) => [
      name,
      ...(name.startsWith('oidc-registrar-undo/') ? [PROPOSED_UNDO] : []),
    ]),
    ...(same(was.repository.files, is.repository.files) ? [] : [['target branch', was.repository.head]]),
    ...differing(fieldsOf(was), fieldsOf(is))
      .map((key) => key.replace(/^\S+ /, ''))
      .filter((label) => !MARK.test(label))
      .map(fieldToldAs),
    ...[...differing(was.management, is.management), ...differing(was.workload, is.workload)]
      .filter((key) => !FOLLOWS.test(key))
      .map((key) => [key.split(' ').at(-1) ?? key, ...(TOLD_AS[key.split(' ')[0] ?? ''] ?? [])]),
    ...Object.keys({ ...was.authentik, ...is.authentik })
      .filter((model) => !FOLLOWING_MODELS.has(model))
      .flatMap((model) => rowsDiffering(rowsOf(was.authentik[model]), rowsOf(is.authentik[model]))),
  ];
}

function differing(was: Named, is: Named): readonly string[] {
  return Object.keys({ ...was, ...is }).filter((key) => !same(was[key], is[key]));
}

/** A pending field is told by the field that it is for, for its change id says nothing to people, and a date by the value that it is of. */
function fieldToldAs(label: string): readonly string[] {
  const [, pending] = /^(.+) \(pending .+\)$/.exec(label) ?? [];
  const [, dated] = /^(.+)-previous-since$/.exec(label) ?? [];
  return [
    label,
    ...(pending === undefined ? [] : [`the pending vault field of ${pending}`]),
    ...(dated === undefined ? [] : [`the previous value of ${dated}`]),
  ];
}

/** Told by name or by the blueprint that it is of, and by its value where nothing but the secret differs. */
function rowsDiffering(was: Named, is: Named): readonly (readonly string[])[] {
  const withoutSecret = (row: unknown): object => ({ ...(row as object), client_secret: undefined });
  return differing(was, is).map((key) => {
    const bySecret = key in was && key in is && same(withoutSecret(was[key]), withoutSecret(is[key]));
    return [...key.split('|'), 'made in Authentik', ...(bySecret ? ['the previous value of '] : [])];
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function counted(names: readonly string[]): Named {
  return Object.fromEntries(names.map((name) => [name, true]));
}

function fieldsOf({ vault }: Snapshot): Named {
  return Object.fromEntries(
    vault.flatMap((item, i) => item.fields.map((field) => [`${item.id ?? i} ${field.label}`, field])),
  );
}

function rowsOf(model: readonly Named[] | Named | undefined): Named {
  if (!Array.isArray(model)) return {};
  return Object.fromEntries(
    (model as readonly Named[]).map((row) => {
      const names = ['slug', 'username', 'name', 'path'].flatMap((field) =>
        row[field] === undefined ? [] : [row[field]],
      );
      return [names.join('|'), row];
    }),
  );
}
