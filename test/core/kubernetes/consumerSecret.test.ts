import { describe, expect, it } from 'vitest';
import { consumerSecret, consumerSecretText } from '../../../core/kubernetes/consumerSecret.ts';
import { externalSecret, keyOfSecret } from '../../../core/consumers/externalSecret/rules.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { sameExternalSecret } from '../../../core/kubernetes/sameExternalSecret.ts';
import { registrationSchema } from '../../../core/registration/registration.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const names = resolveNames(registrationSchema.parse(zotRegistration), installation);

function consumer(change: object = {}) {
  return externalSecret.schema.parse({
    kind: 'externalSecret',
    file: 'apps/zot/oidc.yaml',
    name: 'zot-oidc',
    namespace: 'registry',
    secretStoreRef: { name: 'vault-orchard' },
    ...change,
  });
}

const textOf = (change: object): string => consumerSecretText(consumerSecret(consumer(change), names, installation));

describe('the ExternalSecret of a consumer', () => {
  it('names the vault field and nothing of its value', () => {
    expect(textOf({})).toBe(`---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: zot-oidc
  namespace: registry
spec:
  refreshInterval: 1h0m0s
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault-orchard
  target:
    name: zot-oidc
    creationPolicy: Owner
  data:
    - secretKey: clientSecret
      remoteRef:
        key: ${installation.vault.itemTitle}
        property: zot-client-secret
        conversionStrategy: Default
        decodingStrategy: None
        metadataPolicy: None
`);
  });

  it('passes labels and Go templates through, and fills in id and issuer', () => {
    const data = { 'config.yaml': 'id: <<clientId>>\nsecret: {{ .clientSecret | quote }}\n', other: '<<EOF {{ "x" }}' };
    const template = { metadata: { labels: { 'app.kubernetes.io/part-of': 'argocd' } }, data };
    expect(textOf({ target: { name: 'zot', template }, keys: { issuer: 'issuer' } })).toContain(`    template:
      metadata:
        labels:
          app.kubernetes.io/part-of: argocd
      data:
        config.yaml: |
          id: zot
          secret: {{ .clientSecret | quote }}
        other: <<EOF {{ "x" }}
        issuer: ${names.issuer}
`);
  });

  it('keeps what was fetched where id and issuer alone are added', () => {
    expect(textOf({ keys: { clientId: 'client-id' } })).toContain(`    template:
      mergePolicy: Merge
      data:
        client-id: zot
`);
  });

  it.each([
    ['the fetched key', {}, 'clientSecret'],
    ['a name of its own', { secretKey: 'client-secret' }, 'client-secret'],
    ['the one template that uses it', { target: { template: { data: { GF: '{{ .clientSecret }}', x: 'y' } } } }, 'GF'],
    [
      'a name that Go needs an index for',
      { secretKey: 'client-secret', target: { template: { data: { GF: '{{ index . "client-secret" }}' } } } },
      'GF',
    ],
    ['nowhere', { target: { template: { data: { GF: '{{ .clientSecretOfOthers }}' } } } }, undefined],
    [
      'a key of two that is named',
      {
        target: { template: { data: { a: '{{ .clientSecret }}', b: '{{ .clientSecret }}' } } },
        keys: { clientSecret: 'b' },
      },
      'b',
    ],
    [
      'beside a template that merges',
      { target: { template: { mergePolicy: 'Merge', data: { a: 'x' } } } },
      'clientSecret',
    ],
  ])('is read from %s', (_, change, key) => {
    expect(keyOfSecret(consumer(change))).toBe(key);
  });
});

describe('two specs mean the same', () => {
  const wanted = consumerSecret(consumer(), names, installation).spec;

  it('with the defaults that the API server fills in, and durations as the controller writes them', () => {
    const live = structuredClone(wanted) as Record<string, unknown>;
    live['refreshInterval'] = '60m';
    live['refreshPolicy'] = 'Periodic';
    live['target'] = { ...(live['target'] as object), deletionPolicy: 'Retain' };
    live['data'] = wanted.data.map((entry) => ({
      ...entry,
      remoteRef: { ...entry.remoteRef, conversionStrategy: 'Default', decodingStrategy: 'None' },
    }));
    expect(sameExternalSecret(live, wanted)).toBe(true);
  });

  it.each([
    ['another field', { data: [{ secretKey: 'clientSecret', remoteRef: { key: 'x', property: 'y' } }] }],
    ['another interval than the default', { refreshInterval: '30m' }],
    ['an entry more', { data: [...wanted.data, { secretKey: 'more', remoteRef: { key: 'x', property: 'y' } }] }],
    [
      'a decoding',
      { data: [{ ...wanted.data[0], remoteRef: { ...wanted.data[0].remoteRef, decodingStrategy: 'Base64' } }] },
    ],
    ['a whole item', { dataFrom: [{ extract: { key: 'x' } }] }],
  ])('but not with %s', (_, change) => {
    expect(sameExternalSecret({ ...wanted, ...change }, wanted)).toBe(false);
    expect(sameExternalSecret(wanted, { ...wanted, ...change })).toBe(false);
  });
});
