import type { Installation } from '../installation/installation.ts';
import { at } from '../base/own.ts';
import { arrivalsOf } from '../kubernetes/externalSecret/arrivals.ts';
import { objectsIn } from '../kubernetes/manifests.ts';
import { escaped, readsField, type Reference } from '../base/words.ts';
import type { Names } from '../names/names.ts';
import { vaultOf } from '../vault/vaults.ts';

/** Who reads a vault field by its name, or the key of Authentik's Secret that it fills. */
export interface FieldReader {
  /** `authentik`: one of its own workloads, under another name than the client's. `other`: anything else. */
  readonly of: 'authentik' | 'other';
  /** As `variable AUTHENTIK_SECRET_KEY of Deployment identity/authentik-worker`. */
  readonly what: string;
  /** Path in the repository, or `live`. */
  readonly where: string;
  /** Name of the environment variable, where it is one. */
  readonly variable?: string;
  /** Name of the ExternalSecret, where it is one. */
  readonly externalSecret?: string;
}

/** What is looked for, and what of it is Authentik's. */
export interface WantedField {
  readonly names: Pick<Names, 'vaultField' | 'vaultItem' | 'secretKey' | 'envVar'>;
  readonly installation: Pick<Installation, 'vault' | 'authentik'>;
  /** Secrets that Authentik's worker reads, that of its ExternalSecret among them. */
  readonly secrets: ReadonlySet<string>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Readers in a file of manifests or Helm values; none in one that cannot be read. Pure. */
export function readersIn(text: string, where: string, wanted: WantedField): readonly FieldReader[] {
  return objectsIn(text).flatMap((object) => readersOf(object, where, wanted));
}

/** Readers in an object, whatever holds it: a list of Ansible's tasks, a chart's values, a ClusterExternalSecret. */
export function readersOf(object: unknown, where: string, wanted: WantedField): readonly FieldReader[] {
  const edited = editedVariable(object, where, wanted);
  return partsOf(object)
    .flatMap(({ part, key, holder }) => [
      ...vaultReaders(part, holder, wanted),
      ...templateReaders(part, holder, wanted),
      ...(part === edited ? [] : secretReaders(part, key, holder, wanted)),
    ])
    .map((reader) => ({ ...reader, where }));
}

/** The client's own variable where the values have them as a mapping: an edit takes that one out with the key. */
function editedVariable(object: unknown, where: string, { installation, names }: WantedField): unknown {
  const { file, valuesPath } = installation.authentik.deployment;
  return where === file && valuesPath !== undefined ? at(object, ...valuesPath.split('.'), names.envVar) : undefined;
}

/** Names of the Secrets that an object reads. */
export function secretsReadBy(object: unknown): readonly string[] {
  return partsOf(object).flatMap(({ part }) =>
    [at(part, 'secretKeyRef', 'name'), at(part, 'secretRef', 'name'), at(part, 'secret', 'secretName')].filter(
      (name) => typeof name === 'string',
    ),
  );
}

/** Lines that read the field through the vault's own tools, in whatever file. */
export function readsByTool(
  names: Pick<Names, 'vaultField' | 'vaultItem'>,
  installation: Pick<Installation, 'vault'>,
): Reference {
  const { vaultField } = names;
  return {
    text: vaultField,
    pattern: vaultOf(installation, names).readsByTool(vaultField),
    means: `reads ${vaultField} from the vault`,
  };
}

/** Lines that read what the vault keeps of a client, in whatever way. Where the client has an item of its own, other items may have fields of that label. */
export function readsSecret(
  names: Pick<Names, 'vaultField' | 'vaultItem' | 'keptId'>,
  installation: Pick<Installation, 'vault'>,
): readonly Reference[] {
  const { vaultField, vaultItem, keptId } = names;
  if (vaultItem === undefined)
    return [readsField(vaultField), ...(keptId === undefined ? [] : [readsField(keptId.vaultField, 'client id')])];
  const { title } = vaultItem;
  const pattern = new RegExp(`key["']?:\\s*["']?${escaped(title)}["']?\\s*[,}]?\\s*$`);
  return [readsByTool(names, installation), { text: title, pattern, means: `reads its secret ${vaultField}` }];
}

interface Holder {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** Secret that an ExternalSecret writes. */
  readonly target: string;
  readonly spec: unknown;
}

interface Part {
  readonly part: Fields;
  /** The key of the mapping that holds it; undefined in a list. */
  readonly key: string | undefined;
  readonly holder: Holder | undefined;
}

/** Every mapping inside a value, with the object that holds it. */
function partsOf(value: unknown, holder?: Holder, key?: string): readonly Part[] {
  if (Array.isArray(value)) return value.flatMap((item) => partsOf(item, holder));
  if (typeof value !== 'object' || value === null) return [];
  const part = value as Fields;
  const inside = holderOf(part) ?? holder;
  return [
    { part, key, holder: inside },
    ...Object.entries(part).flatMap(([name, inner]) => partsOf(inner, inside, name)),
  ];
}

function holderOf(part: Fields): Holder | undefined {
  const { kind } = part;
  const name = at(part, 'metadata', 'name');
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const namespace = at(part, 'metadata', 'namespace');
  const target = at(part, 'spec', 'target', 'name');
  return {
    kind,
    name,
    namespace: typeof namespace === 'string' ? namespace : undefined,
    target: typeof target === 'string' ? target : name,
    spec: part['spec'],
  };
}

/** An entry of an ExternalSecret. Where its value arrives at the client's own key of Authentik's, it is the client's. */
function vaultReaders(part: Fields, holder: Holder | undefined, wanted: WantedField): readonly Found[] {
  const { installation, names } = wanted;
  if (!vaultOf(installation, names).isRefTo(part['remoteRef'], names.vaultField)) return [];
  const key = typeof part['secretKey'] === 'string' ? part['secretKey'] : undefined;
  if (holder !== undefined && isOwn(holder, wanted) && arrivesAlone(holder, key, wanted)) return [];
  return [found(key === undefined ? 'an entry' : `key ${key}`, holder, wanted)];
}

/** Lines of a template, where no entry is told already: an extract of the item has none that would name the field. */
function templateReaders(part: Fields, holder: Holder | undefined, wanted: WantedField): readonly Found[] {
  if (holder?.kind !== 'ExternalSecret' || part['spec'] !== holder.spec || part['kind'] !== holder.kind) return [];
  const { names, installation } = wanted;
  const { keys, usedBy, usedBeside, fetched } = arrivalsOf(holder.spec, vaultOf(installation, names), names.vaultField);
  const beside = usedBeside.map((part) => found(part, holder, wanted));
  const isTold = fetched.some(
    ({ by, fetchedAs }) => 'entry' in by && !(isOwn(holder, wanted) && arrivesAlone(holder, fetchedAs, wanted)),
  );
  if (isTold) return beside;
  const lines = [...keys.filter(({ line }) => line).map(({ secretKey }) => secretKey), ...usedBy]
    .filter((key) => !(isOwn(holder, wanted) && key === names.secretKey))
    .map((key) => found(`key ${key}`, holder, wanted));
  return [...lines, ...beside];
}

function found(what: string, holder: Holder | undefined, wanted: WantedField): Found {
  const isSecret = holder?.kind === 'ExternalSecret';
  const of = isSecret && inNamespace(holder, wanted) && wanted.secrets.has(holder.target) ? 'authentik' : 'other';
  return { of, what: `${what} of ${nameOf(holder)}`, ...(isSecret ? { externalSecret: holder.name } : {}) };
}

/** Authentik's own ExternalSecret, in which the clients have their keys. */
function isOwn(holder: Holder | undefined, wanted: WantedField): boolean {
  const { name } = wanted.installation.authentik.externalSecret;
  return (
    holder?.kind === 'ExternalSecret' &&
    holder.name === name &&
    inNamespace(holder, wanted) &&
    wanted.secrets.has(holder.target)
  );
}

/** Whether what an entry fetches comes to the client's key, and to no other. */
function arrivesAlone({ spec }: Holder, key: string | undefined, { names, installation }: WantedField): boolean {
  if (key === names.secretKey) return true;
  const { keys, usedBy } = arrivalsOf(spec, vaultOf(installation, names), names.vaultField);
  const of = keys.filter(({ fetchedAs }) => fetchedAs === key);
  return usedBy.length === 0 && of.length > 0 && of.every(({ secretKey }) => secretKey === names.secretKey);
}

/**
 * A variable, or a file of a volume, that a workload of Authentik makes of the client's key. Where a chart has variables as a mapping
 * in another place than the job edits, the client's own is named as well: without the key no pod would start.
 */
function secretReaders(
  part: Fields,
  key: string | undefined,
  holder: Holder | undefined,
  wanted: WantedField,
): readonly Found[] {
  const { names, secrets } = wanted;
  if (!inNamespace(holder, wanted)) return [];
  const isSecret = (name: unknown): boolean => typeof name === 'string' && secrets.has(name);
  const variables: string[] = [];
  // Charts that take a mapping may have the source without `valueFrom`.
  const ref = at(part, 'valueFrom', 'secretKeyRef') ?? (key === 'valueFrom' ? undefined : at(part, 'secretKeyRef'));
  const inMapping = ref !== undefined && part['name'] === undefined;
  if (isSecret(at(ref, 'name')) && at(ref, 'key') === names.secretKey)
    variables.push(inMapping ? String(key) : String(part['name']));
  // All keys at once become variables of their own names; Authentik's settings all begin so.
  if (isSecret(at(part, 'secretRef', 'name'))) {
    const variable = `${typeof part['prefix'] === 'string' ? part['prefix'] : ''}${names.secretKey}`;
    if (variable.startsWith('AUTHENTIK_')) variables.push(variable);
  }
  const items = isSecret(at(part, 'secret', 'secretName')) ? at(part, 'secret', 'items') : [];
  const files = (Array.isArray(items) ? items : []).filter(
    (each) => at(each, 'key') === names.secretKey && at(each, 'path') !== names.secretKey,
  );
  return [
    ...variables
      .filter((variable) => inMapping || variable !== names.envVar)
      .map((variable) => ({
        of: 'authentik' as const,
        what: `variable ${variable} of ${nameOf(holder)}`,
        ...(inMapping ? {} : { variable }),
      })),
    ...files.map((each) => ({
      of: 'authentik' as const,
      what: `file ${String(at(each, 'path'))} of ${nameOf(holder)}`,
    })),
  ];
}

type Found = Omit<FieldReader, 'where'>;

/** A manifest without one gets its namespace where it is deployed. */
function inNamespace(holder: Holder | undefined, { installation }: WantedField): boolean {
  return holder?.namespace === undefined || holder.namespace === installation.authentik.namespace;
}

function nameOf(holder: Holder | undefined): string {
  if (holder === undefined) return 'its values';
  const { kind, name, namespace } = holder;
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
