import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../core/changes/fileChanges.ts';
import { removeEntries, restoreEntries } from '../../core/changes/removals.ts';
import { namesIn } from '../../core/edits/blueprint/namesIn.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { sectionsOf } from '../../core/edits/blueprint/sectionSources.ts';
import { warningsFor } from '../../core/plan/remaining.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { Job } from '../../core/run/job.ts';
import { shortFiles } from '../fixtures/zot.ts';
import {
  application,
  binding,
  findApplication,
  findGroup,
  findProvider,
  group,
  provider,
  section,
} from './edits/blueprint/handWritten.ts';

const wiki = (spec: Partial<RegistrationInput['spec']> = {}): RegistrationInput => ({
  apiVersion: 'oidc-registrar/v1',
  kind: 'OidcClient',
  metadata: { name: 'wiki' },
  spec: {
    displayName: 'wiki',
    redirectUris: ['https://wiki.example.test/cb'],
    scopes: ['openid'],
    access: { groups: ['readers'] },
    envVar: 'WIKI_SECRET',
    ...spec,
  },
});

const named = (name: string, text: string): string => text.replace('name: By hand', `name: ${name}`);
/** With all that a registration asks of a provider. */
const whole = (text: string): string =>
  text.replace(
    /authorization_flow: .*\n/,
    `authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
      signing_key: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]
      grant_types: [authorization_code, refresh_token]
`,
  );
/** Another client beside it in both, and its binding with the group that it makes in a third. */
const SECTIONS = {
  'apps.yaml': named(
    'Apps',
    section(application('first', findProvider('first')), application('wiki', findProvider('wiki'))),
  ),
  'providers.yaml': named('Providers', section(provider('first'), whole(provider('wiki')))),
  'access.yaml': named(
    'Access',
    section(
      binding(findApplication('first'), findGroup('staff')),
      group('readers'),
      binding(findApplication('wiki'), '!KeyOf group-readers'),
    ),
  ),
};
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');
const WRITTEN = {
  layout: {},
  files: {
    'blueprints.yaml': `kind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n${Object.entries(SECTIONS)
      .map(([key, text]) => `  ${key}: |\n${indented(text)}`)
      .join('')}`,
  },
};
const GENERATED = {
  layout: { file: 'sso/kustomization.yaml', generatedFrom: 'sso/bp' },
  files: {
    'sso/kustomization.yaml': `kind: Kustomization
configMapGenerator:
  - name: blueprints
    files:
${Object.keys(SECTIONS)
  .map((key) => `      - bp/${key}\n`)
  .join('')}    options: { disableNameSuffixHash: true }
`,
    ...Object.fromEntries(Object.entries(SECTIONS).map(([key, text]) => [`sso/bp/${key}`, text])),
  },
};

type Files = Readonly<Record<string, string>>;

function input(files: Files, layout: object, asked = wiki()): ChangeInput {
  const short = shortFiles();
  const authentik = { ...short.authentik, blueprints: { ...short.authentik.blueprints, ...layout } };
  const installation = { ...short, authentik };
  const registration = checkRegistration(asked, 'test');
  const read = (path: string): string | undefined => files[path];
  const names = namesIn(registration, installation, sectionsOf(installation, read));
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  return { registration, installation, names, blueprintText: text, steps: ['syncBlueprint'], read };
}

const isBlueprint = ({ step }: { readonly step: string }): boolean => step === 'syncBlueprint';
const plansOf = (asked: ChangeInput) =>
  planFileChanges(asked, ({ entry }) => /^(configMap|generator)/.test(entry)).filter(isBlueprint);
const kinds = (asked: ChangeInput) => Object.fromEntries(plansOf(asked).map(({ entry, kind }) => [entry, kind]));
const withPlans = (files: Files, plans: readonly { readonly path: string; readonly after: string | null }[]): Files =>
  Object.fromEntries(
    Object.entries({ ...files, ...Object.fromEntries(plans.map(({ path, after }) => [path, after])) }).flatMap(
      ([path, text]) => (text === null ? [] : [[path, text] as const]),
    ),
  );
const sectionsIn = (files: Files, { installation }: ChangeInput) => sectionsOf(installation, (path) => files[path]);

describe.each([
  ['a ConfigMap', WRITTEN],
  ['files of a generator', GENERATED],
])('a client whose entries stand in three sections of %s', (_what, { layout, files }) => {
  it('is found with each of them, the provider’s first, and nothing would change', () => {
    const asked = input(files, layout);
    expect([asked.names.blueprintKey, asked.names.further?.map(({ blueprintKey }) => blueprintKey)]).toEqual([
      'apps.yaml',
      ['providers.yaml', 'access.yaml'],
    ]);
    const job = { names: asked.names, blueprint: { text: asked.blueprintText, hash: '' } } as Job;
    expect(bySection(job).map(({ names }) => [names.blueprintPath, names.blueprintName])).toEqual([
      ['custom/providers.yaml', 'Providers'],
      ['custom/apps.yaml', 'Apps'],
      ['custom/access.yaml', 'Access'],
    ]);
    expect(new Set(Object.values(kinds(asked)))).toEqual(new Set(['alreadyThere']));
  });

  it.each<[string, Partial<RegistrationInput['spec']>, string, string, string]>([
    ['a redirect URI', { redirectUris: ['https://wiki.example.test/new'] }, 'configMap/0', 'providers.yaml', '/new'],
    ['the launch page', { launchUrl: 'https://wiki.example.test' }, 'configMap', 'apps.yaml', 'meta_launch_url'],
    ['a group', { access: { groups: ['readers', 'staff'] } }, 'configMap', 'apps.yaml', 'order: 1'],
    ['who may sign in', { access: { groups: ['staff'] } }, 'configMap/1', 'access.yaml', 'name, staff]]'],
  ])('changes %s where that stands, and gives every byte back', (_field, spec, entry, key, says) => {
    const asked = input(files, layout, wiki(spec));
    const plans = plansOf(asked);
    expect(plans.filter(({ kind }) => kind !== 'alreadyThere').map(({ entry: of, kind }) => [of, kind])).toEqual([
      [entry, 'updated'],
    ]);
    const after = withPlans(files, plans);
    const [was, is] = [sectionsIn(files, asked), sectionsIn(after, asked)];
    expect([...is].filter(([each, text]) => was.get(each) !== text).map(([each]) => each)).toEqual([key]);
    expect(is.get(key)).toContain(says);
    // Every section is a blueprint by itself.
    for (const text of is.values()) expect(() => readSection(text)).not.toThrow();
    expect(new Set(Object.values(kinds(input(after, layout, wiki(spec)))))).toEqual(new Set(['alreadyThere']));
    const updated = new Set(plans.filter(({ kind }) => kind === 'updated').map((plan) => plan.entry));
    const origin = (of: string, path: string) => (updated.has(of) ? files[path as keyof typeof files] : undefined);
    const undo = planFileRemovals({ ...asked, read: (path) => after[path], origin }, (of) => updated.has(of));
    expect(withPlans(after, undo)).toEqual(files);
  });

  it('is taken out of all of them, and put back byte for byte, also beside what others have changed since', () => {
    const asked = input(files, layout);
    const gone = withPlans(files, planFileRemovals(asked));
    const left = sectionsIn(gone, asked);
    expect([...left.keys()]).toEqual(Object.keys(SECTIONS));
    expect([...left.values()].join('')).not.toMatch(/wiki/);
    expect([...left.values()].map((text) => readSection(text).entries.length)).toEqual([1, 1, 2]);

    const removals = removeEntries(asked, undefined);
    const edits = removals.map(({ step, entry, path, kind }) => ({ step, entry, path, kind }));
    const back = (now: Files) =>
      restoreEntries({
        now: { ...asked, read: (path) => now[path] },
        edits,
        registrationFile: undefined,
        origins: [(path) => files[path as keyof typeof files]],
      });
    expect(withPlans(gone, back(gone))).toEqual(files);
  });

  it('is told where its bindings stand apart, for its application is open without them', () => {
    const { registration, names, installation } = input(files, layout);
    const warnings = warningsFor({ registration, names, land: 'last' }, installation);
    expect(warnings.join('\n')).toMatch(/sections apps\.yaml, providers\.yaml and access\.yaml of ConfigMap/);
    expect(warnings.join('\n')).toMatch(/bindings stand in section access\.yaml and its application in apps\.yaml/);
  });

  it('is refused where its provider has another name, with the names', () => {
    expect(() => plansOf(input(files, layout, wiki({ providerName: 'Cookbook', clientId: 'wiki' })))).toThrow(
      /provider name "wiki", not "Cookbook"/,
    );
  });
});
