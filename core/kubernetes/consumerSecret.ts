import { stringify } from 'yaml';
import type { Installation } from '../installation/installation.ts';
import type { Names } from '../names/names.ts';
import type { ExternalSecretConsumer } from '../consumers/externalSecret/schema.ts';
import { fillPlaceholders } from '../registration/placeholders.ts';
import { vaultOf } from '../vault/vaults.ts';
import type { RemoteRef } from '../vault/vaultWords.ts';
import { goDuration } from './kubernetesValues.ts';

/** An ExternalSecret as the job writes it. */
export interface ConsumerSecret {
  readonly apiVersion: 'external-secrets.io/v1';
  readonly kind: 'ExternalSecret';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly data: readonly [{ readonly secretKey: string; readonly remoteRef: RemoteRef }];
  };
}

/** The ExternalSecret of one consumer. Only references: the value is filled in by External Secrets. */
export function consumerSecret(
  consumer: ExternalSecretConsumer,
  names: Names,
  installation: Pick<Installation, 'vault'>,
): ConsumerSecret {
  const { name, namespace, refreshInterval, secretStoreRef, secretKey, target } = consumer;
  const template = templateOf(consumer, names);
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace },
    spec: {
      // Otherwise External Secrets would write it back in Go's own form, which Argo CD shows as drift for ever.
      refreshInterval: goDuration(refreshInterval),
      secretStoreRef,
      target: {
        name: targetOf(consumer),
        creationPolicy: target.creationPolicy,
        ...(target.deletionPolicy === undefined ? {} : { deletionPolicy: target.deletionPolicy }),
        ...(template === undefined ? {} : { template }),
      },
      data: [{ secretKey, remoteRef: vaultOf(installation, names).remoteRef(names.vaultField) }],
    },
  };
}

/**
 * The consumer's template with id and issuer beside its own texts. A template with `data` alone would replace what was fetched
 * (mergePolicy Replace is the default), so where the consumer writes no texts the fetched secret is kept beside ours by Merge.
 */
function templateOf(consumer: ExternalSecretConsumer, names: Names): Readonly<Record<string, unknown>> | undefined {
  const { keys, target } = consumer;
  const values = { clientId: names.clientId, issuer: names.issuer };
  const added = Object.fromEntries(
    (['clientId', 'issuer'] as const).flatMap((field) => {
      const key = keys[field];
      return key === undefined ? [] : [[key, values[field]]];
    }),
  );
  const own = target.template;
  if (own === undefined && Object.keys(added).length === 0) return undefined;
  const texts = Object.fromEntries(
    Object.entries(own?.data ?? {}).map(([key, text]) => [key, fillPlaceholders(text, values)]),
  );
  const data = { ...texts, ...added };
  const merges = own?.data === undefined && Object.keys(added).length > 0 ? { mergePolicy: 'Merge' as const } : {};
  return { ...own, ...merges, ...(Object.keys(data).length === 0 ? {} : { data }) };
}

/** Name of the Secret. */
export function targetOf({ name, target }: ExternalSecretConsumer): string {
  return target.name ?? name;
}

/**
 * What the API server fills in inside an entry. `spec.data` is one value to it, so under server-side apply Argo CD shows an entry that
 * leaves them out as drift for ever. Defaults of later definitions cannot be written: an older one refuses a field it does not know.
 */
const ENTRY_DEFAULTS = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' };

/** The file as it is made. */
export function consumerSecretText(wanted: ConsumerSecret): string {
  const [{ secretKey, remoteRef }] = wanted.spec.data;
  const spec = { ...wanted.spec, data: [{ secretKey, remoteRef: { ...remoteRef, ...ENTRY_DEFAULTS } }] };
  return `---\n${stringify({ ...wanted, spec }, { lineWidth: 0, indent: 2 })}`;
}
