import { describe, expect, it } from 'vitest';
import { addEnvEntry, removeEnvEntry } from '../../../../core/edits/kubernetes/deployment.ts';
import { addGeneratedKey, removeGeneratedKey } from '../../../../core/edits/kubernetes/configMapGenerator.ts';
import { addSecretEntry, removeSecretEntry } from '../../../../core/edits/kubernetes/externalSecret.ts';
import { apply } from '../../../../core/edits/yaml/yamlSplice.ts';
import { vaultOf } from '../../../../core/vault/vaults.ts';
import { shortFiles } from '../../../fixtures/zot.ts';
import { changed, type Edit } from '../bothWays.ts';

const variable = {
  name: 'worker',
  container: 'worker',
  envVar: 'ZOT_SECRET',
  secretName: 'sso',
  secretKey: 'zot',
  valuesPath: 'worker.env',
};
const variables: Edit<typeof variable> = { add: addEnvEntry, remove: removeEnvEntry };

/** Adds and takes out again, and holds both to the byte; returns the text between. */
function thereAndBack<Wanted>({ add, remove }: Edit<Wanted>, before: string, wanted: Wanted): string {
  const outcome = changed(add(before, wanted));
  expect(apply(outcome.text, outcome.inverse)).toBe(before);
  expect(changed(remove(outcome.text, wanted)).text).toBe(before);
  expect(add(outcome.text, wanted)).toEqual({ kind: 'alreadyThere', text: outcome.text });
  expect(remove(before, wanted)).toEqual({ kind: 'alreadyThere', text: before });
  return outcome.text;
}

const short = 'name: ZOT_SECRET, valueFrom: {secretKeyRef: {name: sso, key: zot}}';
const long = 'name: ZOT_SECRET, valueFrom: { secretKeyRef: { name: sso, key: zot } }';

describe('a list in brackets', () => {
  it.each([
    ['of one line', 'worker:\n  env: [{name: A, value: b}] # all\n', `b}, {${short}}] # all`],
    ['with blanks in braces', 'worker:\n  env: [ { name: A, value: b } ]\n', `b }, { ${long} } ]`],
    ['in a mapping in braces', 'worker: {env: [{name: A, value: b}], replicas: 2}\n', `b}, {${short}}], replicas`],
    [
      'of several lines',
      'worker:\n  env: [\n    {name: A, value: b}, # of a\n    {name: B, value: c},\n  ]\n',
      `c},\n    {${short}},\n  ]`,
    ],
    [
      'with an entry to follow',
      'worker:\n  env: [{valueFrom: {secretKeyRef: {key: "a", name: sso}}, name: "A"}, {name: B, value: c}]\n',
      'c}, {valueFrom: {secretKeyRef: {key: "zot", name: sso}}, name: "ZOT_SECRET"}]',
    ],
    ['with the line breaks of Windows', 'worker:\r\n  env: [\r\n    {name: A}\r\n  ]\r\n', `,\r\n    {${short}}\r\n`],
  ])('%s takes an entry, and gives every byte back', (_, before, part) => {
    expect(thereAndBack(variables, before, variable)).toContain(part);
  });

  it.each([0, 2])('stays JSON where the file is, indented by %i', (indent) => {
    const text = (env: readonly object[]): string => `${JSON.stringify({ worker: { env } }, null, indent)}\n`;
    const other = { name: 'A', value: 'b' };
    const after = thereAndBack(variables, text([other]), variable);
    const source = { secretKeyRef: { name: variable.secretName, key: variable.secretKey } };
    expect(JSON.parse(after)).toEqual({ worker: { env: [other, { name: variable.envVar, valueFrom: source }] } });
  });

  it('gives an entry back wherever it stands by then', () => {
    const text = (entries: string): string => `worker:\n  env: [${entries}]\n`;
    const ours = `{${short}}`;
    for (const [there, left] of [
      [`${ours}, {name: A}`, '{name: A}'],
      [`{name: A}, ${ours}, {name: B}`, '{name: A}, {name: B}'],
      [ours, ''],
    ] as const)
      expect(changed(removeEnvEntry(text(there), variable)).text).toBe(text(left));
    expect(removeEnvEntry(`worker:\n  env: [\n    {name: A}, # of a\n    ${ours}\n  ]\n`, variable)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('a comment stands beside the entry') as string,
    });
  });

  it('is edited of every kind', () => {
    const secret = { name: 'sso', secretKey: 'zot', field: 'zot', vault: vaultOf(shortFiles(), {}) };
    const external = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: sso }
spec:
  data: [{ secretKey: a, remoteRef: { key: sso, property: a } }]
`;
    const made = thereAndBack({ add: addSecretEntry, remove: removeSecretEntry }, external, secret);
    expect(made).toContain('}, { secretKey: zot, remoteRef: {');
    const generator = `kind: Kustomization
configMapGenerator: [{ name: blueprints, files: ["a.yaml"], options: { disableNameSuffixHash: true } }]
`;
    const key = { name: 'blueprints', key: 'zot.yaml', path: 'zot.yaml' };
    expect(thereAndBack({ add: addGeneratedKey, remove: removeGeneratedKey }, generator, key)).toContain(
      'files: ["a.yaml", "zot.yaml"]',
    );
  });
});
