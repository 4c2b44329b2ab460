import { targetSecretOf } from '../edits/kubernetes/externalSecret.ts';
import { environmentIn } from '../edits/kubernetes/workerEnvironment.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import { variableSource } from '../kubernetes/containerEnvironment.ts';
import { sourceOfKey } from '../kubernetes/externalSecret/arrivals.ts';
import { itemsRead } from '../kubernetes/externalSecret/spec.ts';
import { readResource } from '../kubernetes/manifests.ts';
import type { ImportedFiles } from '../consumers/kind.ts';
import { fillPattern } from '../names/names.ts';
import { unsureItem } from '../policy/unsureItem.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import { ITEM_TITLE } from '../registration/schemaParts.ts';
import { vaultOf } from '../vault/vaults.ts';

type Repository = Pick<ImportedFiles, 'installation' | 'read'>;

export interface SecretNames {
  readonly vaultField?: string;
  /** Title of the item that holds it, where it is not the one of all clients. */
  readonly vaultItem?: string | undefined;
  readonly secretKey?: string;
  readonly envVar?: string;
  /** Why nobody can tell from the files which item holds it: without that no registration stands for the client. */
  readonly unsure?: string;
}

/** How the client's secret comes from the vault to its provider, as far as it could be followed. */
export function secretOf(input: Repository, secret: unknown, notes: string[]): SecretNames {
  const from = sourceIn(secret, notes);
  if (from === undefined) return {};
  const envVar = 'key' in from ? {} : { envVar: from.variable };
  const key = 'key' in from ? from.key : keyOfVariable(input, from.variable, notes);
  if (key === undefined) return envVar;
  return { ...envVar, secretKey: key, ...fieldOfKey(input, key, notes) };
}

type Source = { readonly variable: string } | { readonly key: string };

/** The variable that a provider's secret comes from, or the key of the mounted Secret. */
function sourceIn(secret: unknown, notes: string[]): Source | undefined {
  const { env, tag, argument } = (secret ?? {}) as {
    env?: readonly unknown[];
    tag?: string;
    argument?: readonly unknown[];
  };
  if (tag === '!File') return { key: String(argument?.[0]).split('/').at(-1) ?? '' };
  if (env !== undefined) return { variable: String(env[0]) };
  notes.push(
    secret === undefined || secret === null
      ? 'its blueprint names no client_secret: put the one that Authentik has into the vault first'
      : 'the client secret is neither "!Env" nor "!File": put it into the vault, and never leave it in Git',
  );
  return undefined;
}

/** The key of the ExternalSecret's Secret that the worker's variable is. */
function keyOfVariable({ installation, read }: Repository, variable: string, notes: string[]): string | undefined {
  const { deployment, externalSecret } = installation.authentik;
  const manifest = read(externalSecret.file) ?? '';
  const target = undefinedIfUneditable(() => targetSecretOf(manifest, externalSecret.name)) ?? externalSecret.name;
  const environment = environmentIn(read(deployment.file) ?? '', deployment);
  const source = environment === undefined ? undefined : variableSource(environment, variable, target);
  if (source !== undefined && source.by !== 'other' && source.secret === target) return source.key;
  notes.push(
    `${deployment.file} gives the worker no variable ${variable} from Secret ${target}: the vault field could not be read`,
  );
  return undefined;
}

/** The vault's field that arrives at a key of Authentik's Secret, and the item that holds it where that is another one. */
function fieldOfKey(
  { installation, read }: Repository,
  key: string,
  notes: string[],
): Pick<SecretNames, 'vaultField' | 'vaultItem' | 'unsure'> {
  const { file, name } = installation.authentik.externalSecret;
  const spec = readResource(read(file) ?? '', 'ExternalSecret', name)?.['spec'];
  const source = sourceOfKey(spec, vaultOf(installation, {}), key);
  const why = unsureItem(installation, spec, key);
  const unsure = why === undefined ? {} : { unsure: why };
  if (source?.is === 'field') return { vaultField: source.field, ...unsure };
  const own = itemOfItsOwn(installation, spec, key);
  if (own !== undefined) return { ...own, ...unsure };
  notes.push(
    source === undefined
      ? `ExternalSecret ${name} has no key ${key}: the vault field could not be read`
      : `key ${key} of ExternalSecret ${name} ${source.why}: the vault field could not be read`,
  );
  return {};
}

/** Of every item that the ExternalSecret reads, the one whose field arrives at the key, where a client may have an item of its own. */
function itemOfItsOwn(
  installation: Repository['installation'],
  spec: unknown,
  key: string,
): Required<Pick<SecretNames, 'vaultField' | 'vaultItem'>> | undefined {
  if (vaultOf(installation, {}).own === undefined) return undefined;
  // A key may name the field behind the item, and no title that a reference takes has a slash.
  for (const title of new Set(itemsRead(spec).map((key) => key.split('/')[0] ?? ''))) {
    const vaultItem = { title, client: '' };
    const source = ITEM_TITLE.test(title) ? sourceOfKey(spec, vaultOf(installation, { vaultItem }), key) : undefined;
    if (source?.is === 'field') return { vaultField: source.field, vaultItem: title };
  }
  return undefined;
}

/** What is told of a client whose secret is in another item than `registrar.yaml` names. */
export function itemNote({ installation }: Repository, vaultItem: string): string {
  const { place } = vaultOf(installation, {});
  return `its secret is in item "${vaultItem}", and vault of registrar.yaml names ${place}: spec.vaultItem asks for the other, which policy.items must list`;
}

/** Of these names those that no pattern of `registrar.yaml` gives, as a registration says them. */
export function namesBeyondPatterns(
  { installation }: Repository,
  client: string,
  displayName: string,
  { vaultField, vaultItem, secretKey, envVar }: SecretNames,
): Pick<RegistrationInput['spec'], 'vaultField' | 'vaultItem' | 'secretKey' | 'envVar'> {
  const { naming } = installation;
  const fill = (pattern: string): string => fillPattern(pattern, client, displayName);
  const field = vaultField ?? fill(naming.vaultField);
  const key = naming.secretKey === undefined ? field : fill(naming.secretKey);
  const { own } = vaultOf(installation, {});
  const item = own?.pattern === undefined ? undefined : fill(own.pattern);
  return {
    ...(vaultItem === undefined || vaultItem === item ? {} : { vaultItem }),
    ...(field === fill(naming.vaultField) ? {} : { vaultField: field }),
    ...(secretKey === undefined || secretKey === key ? {} : { secretKey }),
    ...(envVar === undefined || envVar === fill(naming.envVar) ? {} : { envVar }),
  };
}
