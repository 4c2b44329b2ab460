import { expect, it } from 'vitest';
import { clientsElsewhere, elsewhereLines, elsewhereWarnings } from '../../../core/import/elsewhere.ts';
import { shortFiles } from '../../fixtures/zot.ts';
import { textsOf } from '../../fixtures/texts.ts';
import { application, provider, section } from '../edits/blueprint/handWritten.ts';

const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);
const blueprint = (slug: string): string => section(provider(slug), application(slug));
const configMap = (name: string, slug: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  ${slug}.yaml: |\n${indented(blueprint(slug), '    ')}`;

const installation = shortFiles();
const { file, configMap: own } = installation.authentik.blueprints;
const files = {
  [file]: `${configMap(own, 'zot')}---\n${configMap('beside', 'notes')}`,
  'apps/wiki.yaml': configMap('wiki-blueprint', 'wiki'),
  'apps/secret.yaml': `kind: ExternalSecret
metadata: { name: blueprints }
spec:
  target:
    template:
      data:
        photos.yaml: |
${indented(blueprint('photos').replace('!Env PHOTOS_SECRET', '"{{ .photos }}"'), '          ')}`,
  'apps/files/recipes.yaml': blueprint('recipes'),
  'notes.md': blueprint('prose'),
  'broken.yaml': `a: [authentik_providers_oauth2.oauth2provider\n`,
};

it('names the clients of other ConfigMaps, of Secrets and of files that the one ConfigMap does not hold', () => {
  const found = clientsElsewhere(installation, textsOf(files));
  const told = elsewhereLines(found).map((line) => line.replace(/, which .*/, ''));
  expect(told.toSorted()).toEqual([
    'elsewhere: notes in ConfigMap beside of blueprints.yaml',
    'elsewhere: photos in ExternalSecret blueprints of apps/secret.yaml',
    'elsewhere: recipes in apps/files/recipes.yaml',
    'elsewhere: wiki in ConfigMap wiki-blueprint of apps/wiki.yaml',
  ]);
});

it('has none of the files from which the ConfigMap is generated', () => {
  const { authentik } = installation;
  const blueprints = { ...authentik.blueprints, file: 'apps/kustomization.yaml', generatedFrom: 'apps/files' };
  const generated = {
    ...files,
    'apps/kustomization.yaml': `kind: Kustomization\nconfigMapGenerator:\n  - name: ${own}\n    files: [./files/recipes.yaml]\n`,
  };
  const found = clientsElsewhere({ authentik: { ...authentik, blueprints } }, textsOf(generated));
  expect(found.map(({ path }) => path)).not.toContain('apps/files/recipes.yaml');
});

it('warns of a client whose names stand there', () => {
  const found = clientsElsewhere(installation, textsOf(files));
  const names = { slug: 'wiki', providerName: 'Wiki', clientId: 'wiki' };
  expect(elsewhereWarnings(names, found)).toEqual([
    expect.stringContaining(
      'slug "wiki" and client id "wiki" stand in ConfigMap wiki-blueprint of apps/wiki.yaml as well',
    ),
  ]);
  expect(elsewhereWarnings({ slug: 'zot', providerName: 'zot', clientId: 'zot' }, found)).toEqual([]);
});
