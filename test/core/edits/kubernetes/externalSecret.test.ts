import { describe, expect, it } from 'vitest';
import {
  addSecretEntry,
  removeSecretEntry,
  targetSecretOf,
  type SecretEntry,
} from '../../../../core/edits/kubernetes/externalSecret.ts';
import { onePassword } from '../../../../core/vault/onepassword/words.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const vaultWith = (itemTitle: string) =>
  onePassword({ kind: 'connect', connectHost: 'https://c.example', vaultId: 'v', itemId: 'i', itemTitle });
const edit = { add: addSecretEntry, remove: removeSecretEntry };
const wanted: SecretEntry = {
  name: 'authentik',
  secretKey: 'zot-client-secret',
  field: 'zot-client-secret',
  vault: vaultWith('Authentik (home)'),
};
const order =
  '# Deploy this only once the vault has the field zot-client-secret: one that is missing stops the refresh of every key.';

const head = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: authentik
spec:
`;
const plain = `${head}  data:
    - secretKey: wiki
      remoteRef:
        key: "Authentik (home)"
        property: wiki
`;

describe('addSecretEntry', () => {
  it('adds an entry as the last one, quoted as its neighbour is', () => {
    expect(bothWays(edit, plain, wanted)).toBe(`${plain}    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret
`);
  });

  it('keeps the line breaks of Windows', () => {
    expect(bothWays(edit, crlf(plain), wanted)).toBe(
      crlf(`${plain}    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret
`),
    );
  });

  it('leaves a file without a line break at its end without one', () => {
    expect(bothWays(edit, plain.trimEnd(), wanted)).toBe(`${plain}    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret`);
  });

  it('follows a list that stands flush with its key, its order of keys, single quotes and defaults written out', () => {
    const before = `${head}  data:
  - remoteRef:
      conversionStrategy: Default
      decodingStrategy: None
      key: 'Authentik (home)'
      metadataPolicy: None
      property: 'wiki'
    secretKey: wiki
  target:
    name: authentik-config
`;
    const [start, end] = before.split('  target:') as [string, string];
    expect(bothWays(edit, before, wanted)).toBe(`${start}  - remoteRef:
      conversionStrategy: Default
      decodingStrategy: None
      key: 'Authentik (home)'
      metadataPolicy: None
      property: 'zot-client-secret'
    secretKey: zot-client-secret
  target:${end}`);
  });

  it('follows an indentation of four and quoted keys', () => {
    const before = `kind: ExternalSecret
metadata:
    name: authentik
spec:
    "data":
        -   "secretKey": wiki
            "remoteRef":
                "key": R&D 1
                "property": wiki
`;
    expect(bothWays(edit, before, { ...wanted, vault: vaultWith('R&D') }))
      .toBe(`${before}        -   "secretKey": zot-client-secret
            "remoteRef":
                "key": R&D
                "property": zot-client-secret
`);
  });

  it('writes into flow style what would mean something there in quotes', () => {
    const before = `${head}  data:
    - {secretKey: wiki, remoteRef: {key: Authentik, property: wiki}}
`;
    expect(bothWays(edit, before, { ...wanted, vault: vaultWith('a, b') })).toBe(
      `${before}    - {secretKey: zot-client-secret, remoteRef: {key: "a, b", property: zot-client-secret}}\n`,
    );
  });

  it('stands before the comments between the list and the next key, but after those inside the last entry', () => {
    const before = `${head}  data:
    - secretKey: wiki
      remoteRef:
        key: "Authentik (home)"
        property: wiki
        # turned over every spring
      # asked for by the wiki
    # - secretKey: gone
    #   remoteRef: …

  # next
  refreshInterval: 1h
`;
    const [start, end] = before.split('    # - secretKey') as [string, string];
    expect(bothWays(edit, before, wanted)).toBe(`${start}    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret
    # - secretKey${end}`);
  });

  it.each([
    ['a version', '        version: "3"\n'],
    ['a decoding', '        decodingStrategy: Base64\n'],
    ['a comment', '        # keep\n        metadataPolicy: None\n'],
  ])('copies nothing that is about the neighbour alone: %s', (_, extra) => {
    const before = `${plain}${extra}`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret
`);
  });

  it('copies the last neighbour that can be copied, where the last one has another store', () => {
    const before = `${head}  data:
  - remoteRef:
      property: 'wiki'
      key: 'Authentik (home)'
    secretKey: wiki
  - secretKey: other
    sourceRef:
      storeRef: {name: other}
    remoteRef: {key: a, property: b}
`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}  - remoteRef:
      property: 'zot-client-secret'
      key: 'Authentik (home)'
    secretKey: zot-client-secret
`);
  });

  it('finds the ExternalSecret among several documents', () => {
    const other = plain.replace('name: authentik', 'name: other');
    const after = bothWays(edit, `${other}---\n${plain}---\n${other}`, wanted);
    expect(after).toBe(`${other}---\n${bothWays(edit, plain, wanted)}---\n${other}`);
  });

  it('takes an entry with the defaults written out as the same', () => {
    const there = `${plain}    - remoteRef:
        property: zot-client-secret
        key: Authentik (home)
        decodingStrategy: None
      secretKey: zot-client-secret
`;
    expect(addSecretEntry(there, wanted)).toEqual({ kind: 'alreadyThere', text: there });
    expect(changed(removeSecretEntry(there, wanted)).text).toBe(plain);
  });

  it.each([
    ['another field', { key: 'Authentik (home)', property: 'other' }],
    ['another item', { key: 'Other', property: 'zot-client-secret' }],
    ['another version', { key: 'Authentik (home)', property: 'zot-client-secret', version: '2' }],
    ['a decoding', { key: 'Authentik (home)', property: 'zot-client-secret', decodingStrategy: 'Base64' }],
  ])('shows both entries where one of that name reads %s', (_, remoteRef) => {
    const there = `${plain}    - secretKey: zot-client-secret\n      remoteRef: ${JSON.stringify(remoteRef)}\n`;
    const different = {
      kind: 'different',
      found: JSON.stringify({ secretKey: 'zot-client-secret', remoteRef }),
      wanted: '{"secretKey":"zot-client-secret","remoteRef":{"key":"Authentik (home)","property":"zot-client-secret"}}',
    };
    expect(addSecretEntry(there, wanted)).toEqual(different);
    expect(removeSecretEntry(there, wanted)).toEqual(different);
  });

  it('removes the entry from the middle and leaves every comment of others', () => {
    const others = `        # deeper
      # deep
    # the forge is next
    - secretKey: forge
      remoteRef: {key: a, property: b}

# the end
`;
    const after = `${changed(addSecretEntry(plain, wanted)).text}${others}`;
    expect(changed(removeSecretEntry(after, wanted)).text).toBe(`${plain}${others}`);
  });
});

describe('addSecretEntry refuses', () => {
  it.each([
    ['no list', `${head}  refreshInterval: 1h\n`, 'spec.data is not there: write it with its first entry by hand'],
    ['an empty list', `${head}  data: []\n`, 'spec.data is there but empty'],
    ['a mapping', `${head}  data:\n    a: b\n`, 'spec.data is no list of mappings'],
    ['an entry that is nothing', `${plain}    -\n`, 'spec.data is no list of mappings'],
    ['a list behind an alias', `x: &d\n  - secretKey: a\n${head}  data: *d\n`, 'spec.data is behind an alias'],
    ['a list that an alias repeats', `${plain.replace('  data:', '  data: &d')}x: *d\n`, 'shared by the anchor &d'],
    ['a spec that an alias repeats', `${plain.replace('spec:', 'spec: &s')}x: *s\n`, 'shared by the anchor &s'],
    ['another kind', plain.replace('kind: ExternalSecret', 'kind: PushSecret'), 'it holds 0 documents'],
    ['text that is not YAML', `${plain}\t- x\n`, 'it does not parse as YAML, line 11'],
    [
      'an entry of that name twice',
      `${plain}    - secretKey: zot-client-secret\n    - secretKey: zot-client-secret\n`,
      'spec.data holds 2 entries with secretKey zot-client-secret',
    ],
  ])('%s', (_, text, reason) => {
    expect(addSecretEntry(text, wanted)).toEqual({
      ...codeOf(addSecretEntry(text, wanted)),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: `${order}
spec:
  data:
    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (home)"
        property: zot-client-secret`,
    });
  });

  it.each([
    ['is merged with the data', 'mergePolicy: Merge\n      data: {wiki: x}'],
    ['has only labels', 'metadata: {labels: {a: b}}'],
  ])('but not where the template %s', (_, template) => {
    bothWays(edit, `${plain}  target:\n    template:\n      ${template}\n`, wanted);
  });

  it('to remove the only entry', () => {
    const only = plain.replaceAll('wiki', 'zot-client-secret');
    expect(removeSecretEntry(only, wanted)).toEqual({
      ...codeOf(removeSecretEntry(only, wanted)),
      kind: 'refused',
      reason: 'the entry is the only one of its list',
      addByHand: '',
    });
  });
});

it.each([
  ['below an entry whose dash stands alone', `${plain}    -\n      secretKey: a\n`],
  ['beside dataFrom alone', `${head}  refreshInterval: 1h\n  dataFrom:\n  - extract: {key: x}\n  target: {name: x}\n`],
])('an entry goes in and out %s', (_, text) => {
  bothWays(edit, text, wanted);
});

describe('targetSecretOf', () => {
  it('gives the name of the target, or the own name where there is none', () => {
    expect(targetSecretOf(`${plain}  target:\n    name: authentik-config\n`, 'authentik')).toBe('authentik-config');
    expect(targetSecretOf(`kind: Service\n---\n${plain}`, 'authentik')).toBe('authentik');
    expect(targetSecretOf(plain, 'other')).toBeUndefined();
  });
});
