import { describe, expect, it } from 'vitest';
import { editsOf } from '../../../core/changes/editsOf.ts';
import type { ChangeInput } from '../../../core/changes/fileChanges.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { warningsFor } from '../../../core/plan/remaining.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { rendered } from '../edits/blueprint/rendered.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const HOST = 'registry.example.test';
const registration = checkRegistration(
  { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } },
  'test',
);

/** The blueprint as somebody wrote it who lets Flux fill in the domain. */
const byFlux = (text = rendered()) => `${text.replaceAll(HOST, 'registry.${DOMAIN}')}  # by \${WHO:=hand} for $$1\n`;

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '    ');
const manifest = (text: string, labels = '') =>
  `kind: ConfigMap\nmetadata:\n  name: blueprints\n${labels}data:\n  other.yaml: |\n    is: \${UNKNOWN}\n  zot.yaml: |\n${indented(text)}`;

function edit(
  substitute?: false | Record<string, string>,
  blueprintText = rendered(),
  generated = false,
  there?: string,
) {
  const plain = shortFiles();
  const { authentik, gitops } = plain;
  const blueprints = generated ? { ...authentik.blueprints, generatedFrom: 'bp' } : authentik.blueprints;
  const installation = {
    ...plain,
    gitops: { ...gitops, ...(substitute === undefined ? {} : { substitute }) },
    authentik: { ...authentik, deployBy: 'external' as const, blueprints },
  };
  const kustomization = 'configMapGenerator:\n  - name: blueprints\n    files:\n      - zot.yaml=bp/zot.yaml\n';
  const input: ChangeInput = {
    registration,
    installation,
    names: resolveNames(registration, installation),
    blueprintText,
    steps: ['syncBlueprint'],
    read: (path) => (path === authentik.blueprints.file ? (generated ? kustomization : there) : undefined),
  };
  const found = editsOf(input).find(({ entry }) => entry.place === 'configMap');
  if (found?.update === undefined || found.restore === undefined) throw new Error('no edit of the blueprint');
  return { ...found, update: found.update, restore: found.restore };
}

const settings = { DOMAIN: 'example.test' };
const launch = rendered({ launchUrl: `https://${HOST}/v2` });

function textOf(outcome: ReturnType<ReturnType<typeof edit>['update']>): string {
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  return outcome.text;
}

describe('a blueprint in which Flux puts values', () => {
  it.each([
    ['a section', false],
    ['a file that a generator names', true],
  ])(
    'is there where what arrives is what is asked for, and is changed in the lines that are not: %s',
    (_what, generated) => {
      const text = generated ? byFlux() : manifest(byFlux());
      const of = (asked: string) => edit(settings, asked, generated);
      expect(of(rendered()).add(text)).toEqual({ kind: 'alreadyThere', text });
      const after = textOf(of(launch).update(text));
      expect(after).toBe(
        text.replace('meta_launch_url: https://registry.${DOMAIN}', `meta_launch_url: https://${HOST}/v2`),
      );
      expect(textOf(of(launch).restore(after, text))).toBe(text);
    },
  );

  it('gets what means itself where the text is taken literally', () => {
    const odd = rendered({ launchUrl: 'https://registry.example.test/${DOMAIN}' });
    const after = textOf(
      edit(settings, odd).add('kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  a.yaml: |\n    b: ${DOMAIN}\n'),
    );
    expect(after).toContain('/$${DOMAIN}');
    expect(after).toContain('b: ${DOMAIN}\n');
    expect(edit(settings, odd).add(after)).toEqual({ kind: 'alreadyThere', text: after });
    expect(
      edit(undefined, odd).add('kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  a.yaml: b\n'),
    ).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('gitops.substitute') as string,
    });
  });

  it('is refused by the name of the variable and of the setting, where no value is known', () => {
    for (const substitute of [undefined, { OTHER: 'x' }])
      expect(edit(substitute).add(manifest(byFlux()))).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(/it holds \$\{DOMAIN\}, and gitops\.substitute of registrar\.yaml/) as string,
      });
  });

  it('is taken as it stands where nothing is substituted', () => {
    const found = { kind: 'different', found: expect.stringContaining('${DOMAIN}') as string };
    expect(edit(false).add(manifest(byFlux()))).toMatchObject(found);
    const label = '  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n';
    const text = manifest(byFlux(), label);
    expect(edit(settings, rendered(), false, text).add(text)).toMatchObject(found);
  });
});

it.each([
  ['where Flux substitutes', settings, ['${DOMAIN}']],
  ['not where nobody does', false as const, []],
])('a variable in a registration is warned of, for its text arrives: %s', (_what, substitute, told) => {
  const plain = shortFiles();
  const installation = {
    ...plain,
    gitops: { ...plain.gitops, substitute },
    authentik: { ...plain.authentik, deployBy: 'external' as const },
  };
  const spec = { ...registration.spec, launchUrl: 'https://registry.${DOMAIN}', displayName: 'Costs $5, ${DOMAIN}' };
  const asked = { ...registration, spec };
  const names = resolveNames(asked, installation);
  const warnings = warningsFor({ registration: asked, names, land: 'first' }, installation);
  expect(warnings.flatMap((each) => /the registration says (\S+),/.exec(each)?.[1] ?? [])).toEqual(told);
});
