import { describe, expect, it } from 'vitest';
import { addConfigMapKey, removeConfigMapKey, type ConfigMapKey } from '../../../../core/edits/kubernetes/configMap.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addConfigMapKey, remove: removeConfigMapKey };
const wanted: ConfigMapKey = { name: 'blueprints', key: 'zot.yaml', value: 'version: 1\nentries:\n  - model: x\n' };

const twoKeys = `apiVersion: v1
kind: ConfigMap
metadata:
  name: blueprints
data:
  common.yaml: |
    version: 1

  wiki.yaml: |
    version: 1
    # the last comment of wiki
`;

const key = `  zot.yaml: |
    version: 1
    entries:
      - model: x
`;

describe('addConfigMapKey', () => {
  it('adds the key as the last one, apart by a blank line as its neighbours are', () => {
    expect(bothWays(edit, twoKeys, wanted)).toBe(`${twoKeys}
  zot.yaml: |
    version: 1
    entries:
      - model: x
`);
  });

  it('keeps the line breaks of Windows, and the value itself is read without them', () => {
    expect(bothWays(edit, crlf(twoKeys), wanted)).toBe(
      crlf(`${twoKeys}
  zot.yaml: |
    version: 1
    entries:
      - model: x
`),
    );
  });

  it('follows an indentation of four and puts no blank line where the neighbours have none', () => {
    const before = `kind: ConfigMap
metadata: {name: blueprints}
data:
    # shared
    common.yaml: |
        version: 1
    # about the wiki
    wiki.yaml: |-
        version: 1
`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}    zot.yaml: |
        version: 1
        entries:
          - model: x
`);
  });

  it('quotes the key as the last one is', () => {
    for (const [neighbour, ours] of [
      ['"wiki.yaml"', '"zot.yaml"'],
      ["'wiki.yaml'", "'zot.yaml'"],
    ] as const) {
      const before = twoKeys.replace('  wiki.yaml', `  ${neighbour}`);
      expect(bothWays(edit, before, wanted)).toBe(`${before}\n${key.replace('zot.yaml', ours)}`);
    }
  });

  it('sees the blank line above the comment that heads a neighbour', () => {
    const before = `kind: ConfigMap
metadata:
  name: blueprints
data:
  # shared
  common.yaml: |
    version: 1

  # about the wiki
  wiki.yaml: |
    version: 1
`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}
  zot.yaml: |
    version: 1
    entries:
      - model: x
`);
  });

  it('takes what looks like a comment at the end of a value for what it is: part of the value', () => {
    const before = `kind: ConfigMap
metadata:
  name: blueprints
data:
  common.yaml: |
    version: 1

    # nothing more
  wiki.yaml: |
    version: 1
`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}  zot.yaml: |
    version: 1
    entries:
      - model: x
`);
  });

  it('finds the ConfigMap among several documents, its data in the middle and before a comment', () => {
    const before = `kind: ConfigMap
metadata:
  name: other
data:
  zot.yaml: |
    somebody else's
---
# the one
kind: ConfigMap
data:
  "common.yaml": |
    version: 1

  wiki.yaml: |
    version: 1

  # end of the blueprints
metadata:
  name: "blueprints"
---
kind: Service
`;
    const [head, tail] = before.split('\n\n  # end') as [string, string];
    expect(bothWays(edit, before, wanted)).toBe(`${head}

  zot.yaml: |
    version: 1
    entries:
      - model: x

  # end${tail}`);
  });

  it('puts the key after one that is no block', () => {
    const before = 'kind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  a: |\n   one\n  level: "3" # of five\n';
    expect(bothWays(edit, before, wanted)).toBe(`${before}  zot.yaml: |
   version: 1
   entries:
     - model: x
`);
  });

  it('leaves the blank lines at the end of the file where they are', () => {
    const before = `${twoKeys}\n\n`;
    expect(bothWays(edit, before, wanted)).toBe(`${twoKeys}
  zot.yaml: |
    version: 1
    entries:
      - model: x


`);
  });

  it('keeps empty lines of the value empty', () => {
    const after = bothWays(edit, twoKeys, { ...wanted, value: 'a: 1\n\nb: 2\n' });
    expect(after).toBe(`${twoKeys}
  zot.yaml: |
    a: 1

    b: 2
`);
  });

  it('shows both texts where the key is there with another value, and adds nothing', () => {
    const after = changed(addConfigMapKey(twoKeys, { ...wanted, value: 'by: hand\n' })).text;
    expect(addConfigMapKey(after, wanted)).toEqual({ kind: 'different', found: 'by: hand\n', wanted: wanted.value });
    expect(removeConfigMapKey(after, wanted)).toEqual({ kind: 'different', found: 'by: hand\n', wanted: wanted.value });
  });

  it('takes a value without a line break at the end of the file as the cluster reads it: without one', () => {
    const after = changed(addConfigMapKey(twoKeys, wanted)).text.trimEnd();
    expect(addConfigMapKey(after, wanted)).toEqual({
      kind: 'different',
      found: wanted.value.trimEnd(),
      wanted: wanted.value,
    });
  });

  it('goes above the last key where the file has no line break at its end, for the value needs its own', () => {
    const [first = '', last = ''] = twoKeys.trimEnd().split('\n\n  wiki');
    expect(bothWays(edit, twoKeys.trimEnd(), wanted)).toBe(`${first}\n\n${key}\n  wiki${last}`);
    const one = 'kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  # of all\n  a: |\n    x';
    expect(bothWays(edit, one, wanted)).toBe(one.replace('  # of all', `${key}\n  # of all`));
    expect(bothWays(edit, crlf(one), wanted)).toBe(crlf(one.replace('  # of all', `${key}\n  # of all`)));
  });

  it('puts no blank line below a key that keeps its line breaks, for that one would get it', () => {
    const kept = 'kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  a: |+\n    x\n\n';
    expect(bothWays(edit, kept, wanted)).toBe(`${kept}${key}`);
    const cut = kept.replace('|+', '|2+').trimEnd();
    expect(bothWays(edit, cut, wanted)).toBe(cut.replace('  a:', `${key}\n  a:`));
  });

  it.each([2, 4])('makes data where there is none, in steps of %d', (step) => {
    const pad = ' '.repeat(step);
    const before = `---\nkind: ConfigMap\nmetadata:\n${pad}name: blueprints\n`;
    const made = `data:\n${pad}zot.yaml: |\n${pad}${pad}version: 1\n`;
    const short = { ...wanted, value: 'version: 1\n' };
    expect(bothWays(edit, before, short)).toBe(`${before}${made}`);
    expect(bothWays(edit, before.trimEnd(), short)).toBe(before.trimEnd().replace('metadata:', `${made}metadata:`));
  });

  it('removes the key between keys that others have added since', () => {
    const after = `${changed(addConfigMapKey(twoKeys, wanted)).text}
  later.yaml: |
    version: 1
`;
    expect(changed(removeConfigMapKey(after, wanted)).text).toBe(`${twoKeys}
  later.yaml: |
    version: 1
`);
  });
});

describe('addConfigMapKey refuses', () => {
  const head = 'kind: ConfigMap\nmetadata:\n  name: blueprints\n';

  it.each([
    ['data in flow style', `${head}data: {a: b}\n`, 'data is not a block mapping with entries'],
    ['an object that may not change', `${twoKeys}immutable: true\n`, 'the ConfigMap is immutable'],
    ['a key that is binary', `${twoKeys}binaryData:\n  zot.yaml: eA==\n`, 'binaryData holds zot.yaml already'],
    ['data that may be merged', `x: &x\n  data: {a: b}\n${head}<<: *x\n`, 'data may come from a "<<" beside it'],
    [
      'a kustomization',
      'kind: Kustomization\nresources: [https://example.org/base]\n',
      'it is a kustomization: name the file that holds the ConfigMap',
    ],
    ['a JSON patch', '- op: add\n  path: /data/x\n', 'it is a list, such as a JSON patch'],
    ['data behind an alias', `x: &d\n  a: |\n    x\n${head}data: *d\n`, 'data is behind an alias'],
    ['data that an alias repeats', `${head}data: &d\n  a: |\n    x\nbinaryData: *d\n`, 'shared by the anchor &d'],
    ['an alias without its anchor', `${head}data:\n  a: |\n    x\n  b: *none\n`, 'it cannot be read as data'],
    ['another kind', twoKeys.replace('ConfigMap', 'Secret'), 'it holds 0 documents of kind ConfigMap named blueprints'],
    ['another name', twoKeys.replace('blueprints', 'other'), 'it holds 0 documents of kind ConfigMap named blueprints'],
    ['two of that name', `${twoKeys}---\n${twoKeys}`, 'it holds 2 documents of kind ConfigMap named blueprints'],
    ['text that is not YAML', `${twoKeys}  : : [\n`, 'it does not parse as YAML, line 12: '],
    ['a key named twice', `${twoKeys}  wiki.yaml: x\n`, 'it does not parse as YAML, line 12: Map keys must be unique'],
    ['an empty file', '', 'it holds 0 documents'],
  ])('%s', (_, text, reason) => {
    const outcome = addConfigMapKey(text, wanted);
    expect(outcome).toEqual({
      ...codeOf(outcome),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: '  zot.yaml: |\n    version: 1\n    entries:\n      - model: x',
    });
  });

  it('a value that would not read back, such as one that begins with a blank', () => {
    expect(addConfigMapKey(twoKeys, { ...wanted, value: '  a\nb\n' }).kind).toBe('refused');
  });
});
