import * as fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { restoreByLines } from '../../../../core/edits/yaml/restoreByLines.ts';
import { type ConsumerSecret, consumerSecretText } from '../../../../core/kubernetes/consumerSecret.ts';
import {
  addOwnSecret,
  pointsElsewhere,
  removeOwnSecret,
  updateOwnSecret,
} from '../../../../core/edits/kubernetes/consumerExternalSecret.ts';

const wanted: ConsumerSecret = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'photos-oidc', namespace: 'photos' },
  spec: {
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
    target: { name: 'photos-oidc', creationPolicy: 'Owner' },
    data: [{ secretKey: 'clientSecret', remoteRef: { key: 'Authentik (orchard)', property: 'photos-client-secret' } }],
  },
};

/** As a person wrote it: other order, other style, comments, Windows line ends. */
const byHand = (key: string, property: string): string =>
  [
    '# Photos signs in at Authentik.',
    'kind: ExternalSecret',
    'apiVersion: external-secrets.io/v1',
    'metadata: {name: photos-oidc}',
    'spec:',
    '    data:',
    `    -   secretKey: clientSecret   # read by the chart`,
    `        remoteRef: {property: '${property}', key: "${key}"}  # item`,
    '    secretStoreRef: {name: vault, kind: ClusterSecretStore}',
    '    target: {name: photos-oidc}',
    '    refreshInterval: 60m',
  ].join('\r\n');

const ours = { key: 'Authentik (orchard)', property: 'photos-client-secret' };
/** A person's file leaves the creation policy out, which has the default Owner. */
const said = { ...wanted, spec: { ...wanted.spec, target: { name: 'photos-oidc' } } };

describe('the file of a consumer', () => {
  it('is made, and goes again', () => {
    const made = addOwnSecret(undefined, wanted);
    expect(made).toMatchObject({ kind: 'changed', text: consumerSecretText(wanted) });
    expect(addOwnSecret(consumerSecretText(wanted), wanted).kind).toBe('alreadyThere');
    expect(removeOwnSecret(consumerSecretText(wanted), wanted)).toBe('delete');
  });

  it('is taken as it is where it says the same', () => {
    const text = byHand(ours.key, ours.property);
    expect(addOwnSecret(text, said)).toEqual({ kind: 'alreadyThere', text });
  });

  it('is pointed to our field and back, byte for byte', () => {
    const text = byHand('Dex: old', "it's-secret".replace("'", ''));
    const edited = addOwnSecret(text, said);
    if (edited.kind !== 'changed') throw new Error(JSON.stringify(edited));
    expect(edited.text).toBe(byHand(ours.key, ours.property));
    const before = pointsElsewhere(text, said);
    expect(removeOwnSecret(edited.text, said, before)).toMatchObject({ kind: 'changed', text });
    expect(removeOwnSecret(text, said, before)).toEqual({ kind: 'alreadyThere', text });
  });

  it.each([
    ['another template', consumerSecretText(wanted).replace('creationPolicy: Owner', 'creationPolicy: Orphan')],
    ['one entry more', `${consumerSecretText(wanted)}    - secretKey: more\n      remoteRef: {key: x, property: y}\n`],
  ])('with %s is neither taken nor changed nor deleted', (_, text) => {
    expect(addOwnSecret(text, wanted).kind).toBe('different');
    expect(removeOwnSecret(text, wanted)).toMatchObject({ kind: 'different' });
  });

  it('is shown without the other objects of its file where it is another one', () => {
    const other = consumerSecretText(wanted).replace('refreshInterval: ', 'refreshInterval: 1');
    const outcome = addOwnSecret(
      `${other}---\nkind: Secret\nmetadata: {name: x}\nstringData: {pin: hunter2}\n`,
      wanted,
    );
    expect(outcome).toMatchObject({ kind: 'different', found: other });
  });

  it('that leaves the interval out has the default of the API, and no other', () => {
    const text = consumerSecretText(wanted).replace(/ +refreshInterval: .*\n/, '');
    expect(addOwnSecret(text, wanted).kind).toBe('alreadyThere');
    expect(updateOwnSecret(text, wanted)).toMatchObject({ text });
    const often = { ...wanted, spec: { ...wanted.spec, refreshInterval: '30m' } };
    expect(addOwnSecret(text, often).kind).toBe('different');
    expect(updateOwnSecret(text, often)).toMatchObject({ kind: 'changed' });
  });

  it.each([
    ['of another object', 'kind: ConfigMap\nmetadata: {name: x}\n', 'holds no ExternalSecret photos-oidc'],
    [
      'of another namespace',
      consumerSecretText(wanted).replace('namespace: photos', 'namespace: music'),
      'is of namespace music, not photos',
    ],
    ['that does not parse', 'kind: [\n', 'does not parse as YAML'],
  ])('%s is refused, with the text to write', (_, text, reason) => {
    expect(addOwnSecret(text, wanted)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: consumerSecretText(wanted),
    });
  });

  it('is changed within where it is of this client and says something else', () => {
    const old = consumerSecretText(wanted).replace('creationPolicy: Owner', 'creationPolicy: Orphan');
    expect(updateOwnSecret(old, wanted)).toMatchObject({ kind: 'changed', text: consumerSecretText(wanted) });
    for (const [text, reason] of [
      [old.replace('photos-client-secret', 'other'), "does not read the client's vault field"],
      [`${old}    - secretKey: more\n      remoteRef: {key: x, property: y}\n`, 'and nothing else'],
    ] as const)
      expect(updateOwnSecret(text, wanted)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining(reason),
      });
  });

  const template = { engineVersion: 'v2', data: { secret: '{{ .clientSecret }}', 'id.txt': 'photos\nand more\n' } };
  const asked: ConsumerSecret = {
    ...wanted,
    spec: { ...wanted.spec, refreshInterval: '30m', target: { ...(wanted.spec['target'] as object), template } },
  };
  /** What people made of it since the job wrote it. */
  const theirs = [
    '# Photos signs in at Authentik.',
    'apiVersion: external-secrets.io/v1',
    'kind: ExternalSecret',
    'metadata:',
    '  name: photos-oidc',
    '  namespace: photos',
    '  labels: {app: photos} # for the backup',
    'spec:',
    "  refreshInterval: '1h' # not too often",
    '  secretStoreRef:',
    '    kind: ClusterSecretStore',
    '    name: "vault"',
    '',
    '  target:',
    '    name: photos-oidc # the chart names it',
    '    # Another owner would delete it.',
    '    creationPolicy: Owner',
    '    deletionPolicy: Merge',
    '  data:',
    '    - secretKey: clientSecret',
    '      remoteRef:',
    '        key: Authentik (orchard)',
    '        property: photos-client-secret',
    '        conversionStrategy: Default',
    '---',
    'kind: Service',
    'metadata: {name: photos}',
    '',
  ].join('\n');

  it('keeps comments, quotes, labels and other objects where it is changed, and comes back byte for byte', () => {
    const edited = updateOwnSecret(theirs, asked);
    if (edited.kind !== 'changed') throw new Error(JSON.stringify(edited));
    expect(edited.text).toBe(
      theirs
        .replace("'1h'", "'30m'")
        .replace(
          '    deletionPolicy: Merge\n',
          [
            '    template:',
            '      engineVersion: v2',
            '      data:',
            '        secret: "{{ .clientSecret }}"',
            '        id.txt: |',
            '          photos',
            '          and more',
            '',
          ].join('\n'),
        ),
    );
    expect(addOwnSecret(edited.text, asked).kind).toBe('alreadyThere');
    expect(restoreByLines(edited.text, theirs, edited.text)).toMatchObject({ kind: 'changed', text: theirs });
  });

  it('is changed whatever of it is there, so that it says what is asked for', () => {
    const parts = ['refreshInterval', 'target', 'secretStoreRef', 'dropped', 'flow', 'null'] as const;
    fc.assert(
      fc.property(fc.subarray([...parts]), fc.constantFrom(wanted, asked, said), (changes, to) => {
        let text = theirs;
        if (changes.includes('refreshInterval')) text = text.replace("  refreshInterval: '1h' # not too often\n", '');
        if (changes.includes('target'))
          text = text.replace('    creationPolicy: Owner\n', '    creationPolicy: Orphan\n');
        if (changes.includes('secretStoreRef')) text = text.replace('name: "vault"', "name: 'other' # old");
        if (changes.includes('dropped')) text = text.replace('  target:\n', '  refreshPolicy: OnChange\n  target:\n');
        if (changes.includes('flow'))
          text = text.replace(/  secretStoreRef:\n.*\n.*\n/, '  secretStoreRef: {kind: SecretStore, name: vault}\n');
        if (changes.includes('null')) text = text.replace('    deletionPolicy: Merge\n', '    deletionPolicy:\n');
        const edited = updateOwnSecret(text, to);
        if (edited.kind !== 'changed') throw new Error(JSON.stringify(edited));
        expect(addOwnSecret(edited.text, to).kind).toBe('alreadyThere');
        const [first] = loadAll(edited.text) as [{ spec: unknown; metadata: unknown }];
        expect(first.spec).toMatchObject({
          secretStoreRef: to.spec['secretStoreRef'],
          data: [{ secretKey: 'clientSecret' }],
        });
        expect(first.metadata).toMatchObject({ labels: { app: 'photos' } });
        expect(edited.text).toContain('# the chart names it');
        expect(edited.text.endsWith('---\nkind: Service\nmetadata: {name: photos}\n')).toBe(true);
      }),
    );
  });

  it('is not deleted with the objects of others in it', () => {
    const text = `${consumerSecretText(wanted)}---\nkind: Service\nmetadata: {name: photos}\n`;
    expect(addOwnSecret(text, wanted).kind).toBe('alreadyThere');
    expect(removeOwnSecret(text, wanted)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('other objects'),
    });
  });
});
