import { describe, expect, it } from 'vitest';
import { wholeReadersIn, wholeRefusal, wholeWarnings } from '../../../core/policy/wholeItem.ts';
import { onePassword } from '../../../core/vault/onepassword/words.ts';

const vault = onePassword({
  kind: 'connect',
  connectHost: 'https://c.example',
  vaultId: 'v',
  itemId: 'authentikitem',
  itemTitle: 'Authentik',
});
const wanted = { field: 'wiki', vault, store: { kind: 'ClusterSecretStore', name: 'onepassword' } };

const object = (spec: string, kind = 'ExternalSecret'): string =>
  `apiVersion: external-secrets.io/v1\nkind: ${kind}\nmetadata: {name: app, namespace: photos}\nspec:\n${spec}`;
const store = '  secretStoreRef: {kind: ClusterSecretStore, name: onepassword}\n';
const extract = `${store}  dataFrom: [{extract: {key: Authentik}}]\n`;
const template = (text: string, more = ''): string => `  target: {template: {data: {KEY: '${text}'}${more}}}\n`;
const found = (text: string) => wholeReadersIn(text, 'a.yaml', wanted);

describe('values that are not in service would arrive', () => {
  it.each([
    ['by an extract alone', object(extract), 'it has no template that names its keys'],
    [
      'by the id of the item',
      object(extract.replace('Authentik', 'authentikitem')),
      'extracts the whole item "Authentik"',
    ],
    ['of an older version of the API', object(extract).replace('/v1', '/v1beta1'), 'it has no template'],
    [
      'by a template without texts',
      object(`${extract}  target: {template: {type: Opaque}}\n`),
      'its template names no keys, or merges',
    ],
    [
      'by a template that merges',
      object(extract + template('{{ .A }}', ', mergePolicy: Merge')),
      'its template names no keys, or merges',
    ],
    [
      'by a template that ranges',
      object(extract + template('{{ range $k, $v := . }}{{ $v }}{{ end }}')),
      'its template uses all that is fetched',
    ],
    [
      'by a template of all at once',
      object(extract + template('{{ . | toJson }}')),
      'its template uses all that is fetched',
    ],
    [
      'in a label',
      object(extract + template('{{ .A }}', ', metadata: {labels: {a: "{{ toYaml . }}"}}')),
      'its template uses all',
    ],
    [
      'by a text that stands beside it',
      object(extract + template('{{ .A }}', ', templateFrom: [{literal: "{{ toYaml . }}"}]')),
      'its template uses all',
    ],
    [
      'by texts that stand elsewhere',
      object(extract + template('{{ .A }}', ', templateFrom: [{configMap: {name: x, items: []}}]')),
      'nobody can tell what the texts under templateFrom use',
    ],
    [
      'by a find of the item',
      object(`${store}  dataFrom: [{find: {path: Authentik}}]\n`),
      'finds the fields of item "Authentik"',
    ],
    [
      'by a find of labels like these',
      object(`${store}  dataFrom: [{find: {name: {regexp: "^wiki"}}}]\n`),
      'finds perhaps the fields of item "Authentik"',
    ],
    ['by a find of tags', object(`${store}  dataFrom: [{find: {tags: {sso: ""}}}]\n`), 'finds perhaps the fields'],
    [
      'in every namespace',
      object(`  externalSecretSpec:\n${extract.replaceAll(/^/gm, '  ')}`, 'ClusterExternalSecret'),
      'extracts the whole item',
    ],
    [
      'in a list',
      `kind: List\nitems:\n- ${JSON.stringify({ kind: 'ExternalSecret', metadata: { name: 'app' }, spec: { dataFrom: [{ extract: { key: 'Authentik' } }] } })}\n`,
      'extracts the whole item',
    ],
    [
      'where a blank stays in the name',
      object(extract.replace('key: Authentik', 'key: Authentik, conversionStrategy: None')),
      'no key is refreshed',
    ],
  ])('%s', (_, text, does) => {
    expect(found(text)).toMatchObject([
      { where: 'a.yaml', exposes: true, does: expect.stringContaining(does) as string },
    ]);
    expect(wholeRefusal(found(text), 'wiki')?.message).toContain(does);
  });

  it('and each is named, with its place', () => {
    const text = `${object(extract)}---\n${object(extract).replace('name: app', 'name: other')}`;
    expect(wholeRefusal(found(text), 'wiki')?.message).toMatch(
      /^ExternalSecret photos\/app \(a\.yaml\) .*; ExternalSecret photos\/other \(a\.yaml\) /,
    );
  });
});

describe('nothing arrives that is not meant', () => {
  it.each([
    ['by entries', object(`${store}  data: [{secretKey: a, remoteRef: {key: Authentik, property: wiki}}]\n`)],
    ['by a template that names its keys', object(extract + template('{{ .A }}:{{ .B }}'))],
    ['by an extract of another item', object(extract.replace('Authentik', 'Other'))],
    ['by an extract of one property', object(extract.replace('key: Authentik', 'key: Authentik, property: wiki'))],
    ['by a find of other labels', object(`${store}  dataFrom: [{find: {name: {regexp: "^postgres"}}}]\n`)],
    ['by a find of another item', object(`${store}  dataFrom: [{find: {path: Other}}]\n`)],
    [
      'by a find in another store',
      object('  secretStoreRef: {kind: SecretStore, name: aws}\n  dataFrom: [{find: {name: {regexp: ".*"}}}]\n'),
    ],
    ['by a generator', object('  dataFrom: [{sourceRef: {generatorRef: {name: x}}}]\n')],
    ['into no Secret at all', object(`${extract}  target: {creationPolicy: None}\n`)],
    ['by a manifest that cannot be read', 'kind: ExternalSecret\n{{ if .Values.x }}\n'],
  ])('%s', (_, text) => {
    expect(found(text)).toEqual([]);
  });
});

it('a rewrite that leaves the blanks of a pending label in stops every key for that time: a warning', () => {
  const rewriting = (source: string): string =>
    object(
      `${store}  dataFrom:\n  - extract: {key: Authentik}\n    rewrite: [{regexp: {source: "${source}", target: "_$1"}}]\n${template('{{ ._A }}')}`,
    );
  expect(wholeRefusal(found(rewriting('^(.*)$')), 'wiki')).toBeUndefined();
  expect(wholeWarnings(found(rewriting('^(.*)$')))).toEqual([
    'ExternalSecret photos/app (a.yaml) extracts the whole item "Authentik" by dataFrom and takes the names as they are: the label of a pending value is no key of a Secret, so while there is one no key is refreshed',
  ]);
  expect(wholeWarnings(found(rewriting('[^a-z0-9]')))).toEqual([]);
});
