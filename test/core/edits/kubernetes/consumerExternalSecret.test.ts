import { describe, expect, it } from 'vitest';
import { type ConsumerSecret, consumerSecretText } from '../../../../core/kubernetes/consumerSecret.ts';
import {
  addOwnSecret,
  pointsElsewhere,
  removeOwnSecret,
  rewriteOwnSecret,
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

  it('is written anew where it is of this client alone and says something else', () => {
    const old = consumerSecretText(wanted).replace('creationPolicy: Owner', 'creationPolicy: Orphan');
    expect(rewriteOwnSecret(old, wanted)).toMatchObject({ kind: 'changed', text: consumerSecretText(wanted) });
    for (const [text, reason] of [
      [`${old}# why it is so\n`, 'comments'],
      [old.replace('photos-client-secret', 'other'), "does not read the client's vault field"],
      [`${old}    - secretKey: more\n      remoteRef: {key: x, property: y}\n`, 'and nothing else'],
      [`${old}---\nkind: Service\nmetadata: {name: photos}\n`, 'other objects'],
    ] as const)
      expect(rewriteOwnSecret(text, wanted)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining(reason),
      });
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
