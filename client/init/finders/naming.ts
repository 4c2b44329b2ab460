import { at } from '../../../core/base/own.ts';
import { NAMING_DEFAULTS } from '../../../core/installation/installation.ts';
import { variableSource } from '../../../core/kubernetes/containerEnvironment.ts';
import { sourceOfKey } from '../../../core/kubernetes/externalSecret/arrivals.ts';
import type { VaultWords } from '../../../core/vault/vaultWords.ts';
import type { ExternalSecret } from './externalSecrets.ts';
import type { Standing } from './standing.ts';
import type { Worker } from './worker.ts';

/** The key of the ExternalSecret's Secret that a standing client's secret is; undefined where it cannot be followed. */
export function keyOf({ variable, secretFile }: Standing, worker: Worker, target?: string): string | undefined {
  if (secretFile !== undefined) return secretFile.split('/').at(-1);
  if (variable === undefined) return undefined;
  const { env, envFrom } = worker.environment;
  const secrets = target === undefined ? envFrom.map(({ secretRef }) => String(secretRef?.name)) : [target];
  // Where no Secret is known yet, an entry tells its own, and envFrom calls key and variable alike.
  const sources = ['', ...secrets].map((secret) => variableSource({ env, envFrom }, variable, secret));
  return sources.flatMap((source) => (source === undefined || source.by === 'other' ? [] : [source.key]))[0];
}

/** The key of which Secret a client's variable is, where an entry says so: each client may have a Secret of its own. */
export function ownEntry({ variable }: Standing, { environment }: Worker) {
  return environment.env.find(({ name }) => variable !== undefined && name === variable)?.valueFrom?.secretKeyRef;
}

interface Way {
  readonly worker: Worker;
  readonly externalSecret: ExternalSecret;
  /** All that fill what the worker is given, where clients may have one each. */
  readonly filled: readonly ExternalSecret[];
  /** Of the item of a client. */
  readonly vault: (client: Standing) => VaultWords;
}

/** Patterns of `naming` by which most of the standing clients are called, those that are not the default. */
export function namingOf(standing: readonly Standing[], { worker, externalSecret, filled, vault }: Way): Naming {
  const ways = standing.map((client) => {
    const own = ownEntry(client, worker);
    const by = filled.find(({ target }) => target === own?.name) ?? externalSecret;
    const key = own?.key === undefined ? keyOf(client, worker, by.target) : String(own.key);
    const words = vault(client);
    const source = key === undefined ? undefined : sourceOfKey(by.spec, words, key);
    const field = source?.is === 'field' ? source.field : undefined;
    // In an item for each client fields may be called alike.
    return { client, key, field: patternOf(client, field) ?? (words.own?.pattern === undefined ? undefined : field) };
  });
  const envVar = commonest(ways.map(({ client }) => patternOf(client, client.variable)));
  const vaultField = commonest(ways.map(({ field }) => field));
  const secretKey = commonest(ways.map(({ client, key }) => patternOf(client, key)));
  const blueprintKey = commonest(standing.map((client) => patternOf(client, client.section?.key)));
  const blueprintName = commonest(standing.map((client) => patternOf(client, client.section?.name)));
  const all = {
    envVar: envVar ?? whole(worker, externalSecret),
    vaultField,
    secretKey:
      secretKey === (vaultField ?? NAMING_DEFAULTS.vaultField)
        ? undefined
        : (secretKey ?? keyOfWhole(worker, externalSecret) ?? keyApart(vaultField)),
    blueprintKey,
    blueprintName,
  };
  return Object.fromEntries(
    Object.entries(all).filter(([name, pattern]) => pattern !== undefined && pattern !== at(NAMING_DEFAULTS, name)),
  );
}

export type Naming = Partial<
  Readonly<Record<'envVar' | 'vaultField' | 'secretKey' | 'blueprintKey' | 'blueprintName', string>>
>;

const OF_WHOLE = '{NAME}_CLIENT_SECRET';

/** Where the worker has every key as a variable, key and variable must be called alike. */
function keyOfWhole(worker: Worker, { target }: ExternalSecret): string | undefined {
  return prefixOf(worker, target) === undefined ? undefined : OF_WHOLE;
}

function whole(worker: Worker, { target }: ExternalSecret): string | undefined {
  const prefix = prefixOf(worker, target);
  return prefix === undefined ? undefined : `${prefix}${OF_WHOLE}`;
}

/** Where fields are called alike, keys of one Secret must not be. */
function keyApart(vaultField: string | undefined): string | undefined {
  return vaultField === undefined || /\{name\}|\{NAME\}|\{displayName\}/.test(vaultField)
    ? undefined
    : NAMING_DEFAULTS.vaultField;
}

/** What `envFrom` of a Secret puts before its keys; undefined where there is none of it. */
function prefixOf({ environment }: Worker, secret: string): string | undefined {
  const found = environment.envFrom.find(({ secretRef }) => secretRef?.name === secret);
  if (found === undefined) return undefined;
  return typeof found.prefix === 'string' ? found.prefix : '';
}

/** A client's name in a text as a pattern has it; undefined where it does not stand there. */
function patternOf({ slug, displayName }: Standing, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parts = [
    ['{NAME}', slug.toUpperCase().replaceAll('-', '_')],
    ['{name}', slug],
    // Only a text for people holds it as it is written.
    ['{displayName}', displayName],
  ] as const;
  const found = parts.find(([, part]) => part !== undefined && part !== '' && text.includes(part));
  return found?.[1] === undefined ? undefined : text.replace(found[1], found[0]);
}

function commonest(patterns: readonly (string | undefined)[]): string | undefined {
  const known = patterns.filter((each) => each !== undefined);
  const count = (pattern: string): number => known.filter((each) => each === pattern).length;
  return known.toSorted((one, other) => count(other) - count(one))[0];
}
