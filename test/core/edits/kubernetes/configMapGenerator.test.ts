import { describe, expect, it } from 'vitest';
import {
  addGeneratedKey,
  generatorIn,
  removeGeneratedKey,
} from '../../../../core/edits/kubernetes/configMapGenerator.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addGeneratedKey, remove: removeGeneratedKey };
const wanted = { name: 'blueprints', key: 'zot.yaml', path: 'blueprints/zot.yaml' };
const head = `kind: Kustomization
resources:
  - worker.yaml
configMapGenerator:
`;
const keyed = `${head}  - name: blueprints
    files:
      - wiki.yaml=blueprints/wiki-sso.yaml # by hand
    options:
      disableNameSuffixHash: true
`;

describe('a file of a configMapGenerator', () => {
  it('goes below the last one, with its key where the neighbour has one', () => {
    expect(bothWays(edit, keyed, wanted)).toBe(
      keyed.replace('# by hand\n', '# by hand\n      - zot.yaml=blueprints/zot.yaml\n'),
    );
    bothWays(edit, crlf(keyed), wanted);
  });

  it('is the bare path where the neighbours are, as long as its name is the key', () => {
    const bare = `${head}- files:\n  - 'blueprints/wiki.yaml'\n  name: blueprints\n`;
    expect(bothWays(edit, bare, wanted)).toBe(bare.replace("wiki.yaml'\n", "wiki.yaml'\n  - 'blueprints/zot.yaml'\n"));
    expect(bothWays(edit, bare, { ...wanted, path: 'blueprints/other.yaml' })).toContain(
      "- 'zot.yaml=blueprints/other.yaml'\n",
    );
  });

  it.each([
    ['./blueprints/wiki.yaml', './blueprints/zot.yaml'],
    ['"./blueprints/wiki.yaml"', '"./blueprints/zot.yaml"'],
    ['wiki.yaml=./blueprints/wiki.yaml', 'zot.yaml=./blueprints/zot.yaml'],
    ['./blueprints/wiki=1.yaml', 'zot.yaml=./blueprints/zot.yaml'],
  ])('has ./ before the path where the last one has: %s', (last, ours) => {
    const before = `${head}  - name: blueprints\n    files:\n      - a.yaml\n      - ${last}\n`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}      - ${ours}\n`);
  });

  it('begins the list where there is none', () => {
    const none = `${head}  - name: other\n  - name: blueprints\n    literals: [a=b]\n`;
    expect(bothWays(edit, none, wanted)).toBe(
      none.replace('name: blueprints\n', 'name: blueprints\n    files:\n      - zot.yaml=blueprints/zot.yaml\n'),
    );
  });

  it('is the same however its path is written, and different where it is another', () => {
    const dotted = changed(addGeneratedKey(keyed, wanted)).text.replace('=blueprints/zot', '=./blueprints/zot');
    expect(addGeneratedKey(dotted, wanted)).toEqual({ kind: 'alreadyThere', text: dotted });
    const other = { kind: 'different', found: 'zot.yaml=blueprints/zot.yaml', wanted: 'zot.yaml=z.yaml' };
    expect(addGeneratedKey(dotted, { ...wanted, path: 'z.yaml' })).toEqual(other);
    expect(removeGeneratedKey(dotted, { ...wanted, path: 'z.yaml' })).toEqual(other);
  });

  it.each([
    [
      'no such generator',
      head.replace('configMapGenerator:\n', ''),
      'no configMapGenerator named blueprints (there are: none)',
    ],
    ['another generator', `${head}  - name: other\n`, 'no configMapGenerator named blueprints (there are: other)'],
    ['a mapping', `${head}  - name: blueprints\n    files: {a: b}\n`, 'files is no list of values'],
    [
      'the key as a literal',
      `${head}  - name: blueprints\n    literals: [zot.yaml=x]\n`,
      'literals of the generator hold zot.yaml',
    ],
    ['a ConfigMap', 'kind: ConfigMap\nmetadata: {name: blueprints}\n', 'it is not a kustomization'],
    ['text that is not YAML', `${keyed}: [`, 'it does not parse as YAML'],
  ])('is refused with %s', (_, text, reason) => {
    expect(addGeneratedKey(text, wanted)).toEqual({
      ...codeOf(addGeneratedKey(text, wanted)),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: '      - zot.yaml=blueprints/zot.yaml',
    });
  });
});

describe('generatorIn', () => {
  it('tells what the ConfigMap is made of', () => {
    const text = keyed.replace('    options', '      - b/x.yaml\n    literals: [a=b=c]\n    options');
    expect(generatorIn(text, 'blueprints')).toEqual({
      files: [
        { key: 'wiki.yaml', path: 'blueprints/wiki-sso.yaml' },
        { key: 'x.yaml', path: 'b/x.yaml' },
      ],
      literals: { a: 'b=c' },
      unknown: undefined,
    });
    expect(generatorIn(text, 'other')).toBeUndefined();
    expect(generatorIn('a: [', 'blueprints')).toBeUndefined();
  });

  it.each([
    ['a hash', keyed.replace('true', 'false'), 'another name with every change'],
    ['a hash by default', keyed.replace(/ {4}options:\n.*\n/, ''), 'another name with every change'],
    ['a prefix', `${keyed}namePrefix: a-\n`, 'namePrefix or nameSuffix'],
    ['env files', keyed.replace('    files', '    envs: [x]\n    files'), 'env files'],
    ['a ConfigMap of others', keyed.replace('    files', '    behavior: merge\n    files'), 'made elsewhere'],
  ])('tells why %s leaves it unknown', (_, text, reason) => {
    expect(generatorIn(text, 'blueprints')?.unknown).toContain(reason);
  });

  it('takes the options of all generators where the generator has none of its own', () => {
    const all = `${keyed.replace(/ {4}options:\n.*\n/, '')}generatorOptions: {disableNameSuffixHash: true}\n`;
    expect(generatorIn(all, 'blueprints')?.unknown).toBeUndefined();
  });
});
