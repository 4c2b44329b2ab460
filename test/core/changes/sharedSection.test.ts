import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { pathsRead, planFileChanges, planFileRemovals, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { namesIn } from '../../../core/edits/blueprint/namesIn.ts';
import { sectionsOf } from '../../../core/edits/blueprint/sectionSources.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { shortFiles } from '../../fixtures/zot.ts';
import { application, group, provider, section } from '../edits/blueprint/handWritten.ts';

const registration = checkRegistration(
  {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: 'wiki' },
    spec: { displayName: 'Wiki', redirectUris: ['https://wiki.example.test/cb'], access: { groups: ['readers'] } },
  },
  'test',
);
const others = section(provider('first'), application('first'));
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');
const worker = `kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers:
        - name: worker
          volumeMounts:
            - name: blueprints
              mountPath: /blueprints/custom
      volumes:
        - name: blueprints
          configMap:
            name: blueprints
            items:
              - key: apps.yaml
                path: apps.yaml
`;

const WRITTEN = {
  layout: {},
  files: {
    'worker.yaml': worker,
    'blueprints.yaml': `kind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  apps.yaml: |\n${indented(others)}`,
  },
  edited: 'blueprints.yaml',
};
const GENERATED = {
  layout: { file: 'sso/kustomization.yaml', generatedFrom: 'sso/bp' },
  files: {
    'worker.yaml': worker,
    'sso/kustomization.yaml': `kind: Kustomization
configMapGenerator:
  - name: blueprints
    files:
      - apps.yaml=bp/all.yaml
    options: { disableNameSuffixHash: true }
`,
    'sso/bp/all.yaml': others,
  },
  edited: 'sso/bp/all.yaml',
};

type Files = Readonly<Record<string, string>>;

const ONE_ITEM = worker.replaceAll('apps.yaml', 'other.yaml');
const WITHOUT_SECTION: Readonly<Record<'written' | 'generated', Files>> = {
  written: {
    'worker.yaml': ONE_ITEM,
    'blueprints.yaml': 'kind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  other.yaml: ""\n',
  },
  generated: {
    'worker.yaml': ONE_ITEM,
    'sso/kustomization.yaml': GENERATED.files['sso/kustomization.yaml'].replace('apps.yaml=bp/all', 'bp/other'),
    'sso/bp/other.yaml': section(group('cooks')),
  },
};

function input(files: Files, layout: object, joined?: string): ChangeInput {
  const short = shortFiles();
  const section = joined === undefined ? {} : { section: joined };
  const blueprints = { ...short.authentik.blueprints, ...layout, ...section };
  const installation = { ...short, authentik: { ...short.authentik, blueprints } };
  const read = (path: string): string | undefined => files[path];
  const names = namesIn(registration, installation, sectionsOf(installation, read));
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  return { registration, installation, names, blueprintText: text, steps: ['syncBlueprint'], read };
}

const withPlans = (files: Files, plans: readonly { readonly path: string; readonly after: string | null }[]): Files =>
  Object.fromEntries(
    Object.entries({ ...files, ...Object.fromEntries(plans.map(({ path, after }) => [path, after])) }).flatMap(
      ([path, text]) => (text === null ? [] : [[path, text] as const]),
    ),
  );

describe.each([WRITTEN, GENERATED])('clients that join a section ($edited)', ({ layout, files, edited }) => {
  it('change its text alone, and give every byte back', () => {
    const asked = input(files, layout, 'apps.yaml');
    const plans = planFileChanges(asked);
    expect(plans.filter(({ kind }) => kind !== 'alreadyThere').map(({ path, kind }) => [path, kind])).toEqual([
      [edited, 'changed'],
    ]);
    const made = withPlans(files, plans);
    expect(made[edited]).toContain('slug: wiki');
    const again = input(made, layout);
    expect(again.names.blueprintKey).toBe('apps.yaml');
    expect(planFileChanges(again).every(({ kind }) => kind === 'alreadyThere')).toBe(true);
    expect(withPlans(made, planFileRemovals(again))).toEqual(files);
    expect(planFileRemovals(input(files, layout, 'apps.yaml')).every(({ kind }) => kind === 'alreadyGone')).toBe(true);
  });

  it('join one that holds groups alone', () => {
    const groups = [provider('first') + application('first'), group('readers') + group('cooks')] as const;
    const indent = (text: string) => (edited === 'blueprints.yaml' ? indented(text) : text);
    const text = ((files as Files)[edited] ?? '').replace(indent(groups[0]), () => indent(groups[1]));
    const before = { ...files, [edited]: text };
    const made = withPlans(before, planFileChanges(input(before, layout, 'apps.yaml')));
    const again = input(made, layout, 'apps.yaml');
    expect(planFileChanges(again).every(({ kind }) => kind === 'alreadyThere')).toBe(true);
    expect(withPlans(made, planFileRemovals(again))).toEqual(before);
  });

  it('make one that is not there yet, which goes with the last of them', () => {
    const before = WITHOUT_SECTION[layout === WRITTEN.layout ? 'written' : 'generated'];
    const made = withPlans(before, planFileChanges(input(before, layout, 'apps.yaml')));
    expect(made['worker.yaml']).toContain('key: apps.yaml');
    expect(withPlans(made, planFileRemovals(input(made, layout, 'apps.yaml')))).toEqual(before);
  });

  it('are refused a section of their own for a slug that another one has', () => {
    const text = files[edited as keyof typeof files] ?? '';
    const taken = { ...files, [edited]: text.replaceAll('slug: first', 'slug: wiki') };
    for (const joined of [undefined, 'apps.yaml'])
      expect(() => planFileChanges(input(taken, layout, joined))).toThrow(
        /slug "wiki" is in section apps\.yaml of the same ConfigMap/,
      );
  });

  it('are looked up in every file of it', () => {
    const { installation } = input(files, layout);
    const manifest = (files as Files)[installation.authentik.blueprints.file] ?? '';
    expect(pathsRead(registration, installation, { kustomization: manifest })).toContain(edited);
  });
});

it('a generator goes on with a file from which the client cannot be taken, for it makes others', () => {
  const { layout, files, edited } = GENERATED;
  const made = withPlans(files, planFileChanges(input(files, layout, 'apps.yaml')));
  const text = made[edited] ?? '';
  const at = text.lastIndexOf('client_type: confidential');
  const changed = { ...made, [edited]: `${text.slice(0, at)}client_type: public${text.slice(at + 25)}` };
  const removals = planFileRemovals(input(changed, layout));
  expect(removals.find(({ path }) => path === edited)?.kind).toBe('kept');
  expect(removals.find(({ path }) => path === layout.file)?.kind).toBe('alreadyGone');
});

it('a client is taken out of a file with the line breaks of Windows, which it keeps', () => {
  const { layout, files, edited } = GENERATED;
  const windows = (of: Files): Files => ({ ...of, [edited]: (of[edited] ?? '').replaceAll('\n', '\r\n') });
  const made = windows(withPlans(files, planFileChanges(input(files, layout, 'apps.yaml'))));
  expect(withPlans(made, planFileRemovals(input(made, layout)))).toEqual(windows(files));
});
