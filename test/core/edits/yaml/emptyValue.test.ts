import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { addEnvEntry, removeEnvEntry } from '../../../../core/edits/kubernetes/deployment.ts';
import type { EnvEntry } from '../../../../core/edits/kubernetes/workerEnvironment.ts';
import { addGeneratedKey, removeGeneratedKey } from '../../../../core/edits/kubernetes/configMapGenerator.ts';
import { addConfigMapKey, removeConfigMapKey } from '../../../../core/edits/kubernetes/configMap.ts';
import { addResource, removeResource } from '../../../../core/edits/kubernetes/kustomization.ts';
import { apply } from '../../../../core/edits/yaml/yamlSplice.ts';
import { changed, crlf } from '../bothWays.ts';

const values: EnvEntry = {
  name: 'worker',
  container: 'worker',
  valuesPath: 'global.env',
  envVar: 'WIKI_SECRET',
  secretName: 'authentik',
  secretKey: 'wiki',
};
const entry = (pad: string, name = 'WIKI_SECRET', key = 'wiki'): string =>
  [`- name: ${name}`, '  valueFrom:', '    secretKeyRef:', '      name: authentik', `      key: ${key}`]
    .map((line) => `${pad}${line}\n`)
    .join('');

/** Adds and takes out again, byte for byte; what an independent parser reads is the list with the entry. Returns the text between. */
function filled(before: string, wanted: EnvEntry = values): string {
  const outcome = changed(addEnvEntry(before, wanted));
  expect(apply(outcome.text, outcome.inverse)).toBe(before);
  expect(changed(removeEnvEntry(outcome.text, wanted)).text).toBe(before);
  expect(addEnvEntry(outcome.text, wanted)).toEqual({ kind: 'alreadyThere', text: outcome.text });
  expect(removeEnvEntry(before, wanted)).toEqual({ kind: 'alreadyThere', text: before });
  const found = (wanted.valuesPath ?? '')
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], load(outcome.text));
  expect(found).toEqual([
    {
      name: wanted.envVar,
      valueFrom: { secretKeyRef: { name: wanted.secretName, key: wanted.secretKey } },
    },
  ]);
  return outcome.text;
}

describe('an empty list gets its first entry, and is empty again without it', () => {
  it('of the values of a chart, copied whole', () => {
    const before = `global:
  # -- Environment variables to pass to all deployed Deployments
  env: []
  # -- envFrom to pass to all deployed Deployments
  envFrom: []
blueprints:
  configMaps: [authentik-blueprints]
`;
    expect(filled(before)).toBe(before.replace('env: []\n', `env:\n${entry('    ')}`));
    filled(crlf(before));
  });

  it.each([
    ['above other keys', 'global:\n  env: []\n  image: x\n'],
    ['below a comment', 'global:\n  image: x\n  # none\n  env: []\n'],
    ['below a blank line', 'global:\n  image: x\n\n  env: []\n'],
    ['with a comment on its line', 'global:\n  image: x\n  env: []   # none\n'],
    ['with examples below', 'global:\n  image: x\n  env: []\n    # - name: A\n    #   value: b\nworker: {}\n'],
  ])('whose place tells that it was there: %s', (_, before) => {
    expect(filled(before)).toBe(before.replace(/( *)env: \[\](.*\n)/, `$1env:$2${entry('    ')}`));
    filled(before.trimEnd());
  });

  it.each([
    ['alone', 'global:\n  env: []\n', 'env: # []\n'],
    ['as the last', 'global:\n  image: x\n  env: []\n', 'env: # []\n'],
    ['with spaces', 'global:\n  env:  [ ]\n  image: x\n', 'env:  # [ ]\n'],
    ['as a mapping', 'global:\n  env: {}\n  image: x\n', 'env: # {}\n'],
    ['as null', 'global:\n  env: null # none\n  image: x\n', 'env: # null # none\n'],
    ['as a tilde', 'global:\n  env: ~\n  image: x\n', 'env: # ~\n'],
    ['as nothing', 'global:\n  env:\n  image: x\n', 'env: # empty\n'],
    ['as nothing but a comment', 'global:\n  env:  # none\n  image: x\n', 'env: # empty  # none\n'],
    ['with a comment that reads so', 'global:\n  # c\n  env: [] # [] is none\n', 'env: # [] # [] is none\n'],
    ['in an empty mapping', 'global: {}\nworker: { a: b }\n', 'global: # {}\n  env:\n    - name'],
  ])('what stood there is a comment where nothing else tells: %s', (_, before, line) => {
    expect(filled(before)).toContain(line);
    filled(before.trimEnd());
    filled(crlf(before));
  });

  it('of a container', () => {
    const before = `kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers:
        - name: worker
          env: []
          image: x
`;
    const { valuesPath: _, ...wanted } = values;
    const text = changed(addEnvEntry(before, wanted)).text;
    expect(text).toBe(before.replace('env: []\n', `env:\n${entry('            ')}`));
    expect(changed(removeEnvEntry(text, wanted)).text).toBe(before);
  });

  it('of a generator', () => {
    const wanted = { name: 'blueprints', key: 'wiki.yaml', path: 'blueprints/wiki.yaml' };
    const before = 'configMapGenerator:\n  - name: blueprints\n    files: []\n    options: { a: b }\n';
    const text = changed(addGeneratedKey(before, wanted)).text;
    expect(text).toContain('    files: # []\n      - wiki.yaml=blueprints/wiki.yaml\n    options');
    expect(changed(removeGeneratedKey(text, wanted)).text).toBe(before);
  });

  it('of the resources of a kustomization, and the data of a ConfigMap', () => {
    for (const empty of ['[]', '~', '']) {
      const before = `kind: Kustomization\nresources: ${empty}`.trimEnd();
      const wanted = { resource: 'wiki.yaml', namespace: 'wiki' };
      const text = changed(addResource(before, wanted)).text;
      expect(load(text)).toEqual({ kind: 'Kustomization', resources: ['wiki.yaml'] });
      expect(changed(removeResource(text, wanted)).text).toBe(before);
    }
    for (const empty of ['{}', 'null', '']) {
      const before = `kind: ConfigMap\nmetadata: { name: blueprints }\ndata: ${empty}`.replace(/ $/, '');
      const wanted = { name: 'blueprints', key: 'wiki.yaml', value: 'version: 1\n' };
      for (const file of [`${before}\n`, `${before}\nimmutable: false\n`, `${before}\n# the end\n`]) {
        const text = changed(addConfigMapKey(file, wanted)).text;
        expect(load(text)).toMatchObject({ data: { 'wiki.yaml': 'version: 1\n' } });
        expect(changed(removeConfigMapKey(text, wanted)).text).toBe(file);
      }
    }
  });

  it('whichever of several clients goes first', () => {
    const wiki = { ...values, envVar: 'RECIPES_SECRET', secretKey: 'recipes' };
    for (const before of [
      'global:\n  env: []\n',
      'global:\n  # c\n  env: []\n  image: x\n',
      'global: {}\nworker: { a: b }\n',
    ]) {
      const both = changed(addEnvEntry(changed(addEnvEntry(before, values)).text, wiki)).text;
      for (const [first, second] of [
        [values, wiki],
        [wiki, values],
      ] as const)
        expect(changed(removeEnvEntry(changed(removeEnvEntry(both, first)).text, second)).text).toBe(before);
    }
  });

  it('comes back byte for byte, wherever it stands and whatever stands about it', () => {
    const form = fc.constantFrom('[]', '[ ]', '{}', '~', 'null', '');
    const line = (...texts: readonly string[]) => fc.constantFrom('', ...texts);
    const layout = fc.record({
      holder: fc.constantFrom('global', 'worker'),
      above: fc.array(
        fc.constantFrom('  image: x\n', '  # about\n', '\n', '  list:\n    - a\n', '  map:\n    a: b\n'),
        { maxLength: 3 },
      ),
      form,
      space: fc.constantFrom('', ' ', '  '),
      comment: line(' # none', '  # []', ' # {} # ~'),
      examples: line('    # - name: A\n', '  # next\n', '\n'),
      below: line('  image2: x\n', '\n  image2: x\n', '  # last\n'),
      rest: line('other: { a: b }\n', '# the end\n'),
      end: fc.constantFrom('\n', ''),
      windows: fc.boolean(),
    });
    fc.assert(
      fc.property(layout, (of) => {
        const above = of.above.filter((each, i) => !each.includes(':') || of.above.indexOf(each) === i).join('');
        const value = of.form === '' ? '' : ` ${of.space}${of.form}`;
        const lines = `${of.holder}:\n${above}  env:${value}${of.comment}\n${of.examples}${of.below}${of.rest}`;
        const text = `${lines.replace(/\n+$/, '')}${of.end}`;
        filled(of.windows ? crlf(text) : text, { ...values, valuesPath: `${of.holder}.env` });
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what people write into it', () => {
    const text = filled('global:\n  # c\n  env: []\n  image: x\n').replace('env:\n', 'env:\n    # of clients\n');
    expect(changed(removeEnvEntry(text, values)).text).toBe(
      'global:\n  # c\n  env: []\n    # of clients\n  image: x\n',
    );
  });

  it.each([
    ['an anchor', 'global:\n  env: &none []\n  image: x\n', 'env is there but empty: take its line out'],
    ['a tag', 'global:\n  env: !!seq []\n  image: x\n', 'env is there but empty: take its line out'],
    ['several lines', 'global:\n  env: [\n  ]\n  image: x\n', 'env is there but empty: take its line out'],
    ['flow style around it', 'global: { env: [] }\n', 'what holds global.env is not a block mapping'],
    ['an alias', 'x: &x []\nglobal:\n  env: *x\n', 'global.env is behind an alias'],
  ])('is refused with %s', (_, text, reason) => {
    expect(addEnvEntry(text, values)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
    });
  });
});
