import { describe, expect, it } from 'vitest';
import { clientsIn } from '../../../../core/edits/blueprint/clientsIn.ts';
import { sectionsOf, untoldSections } from '../../../../core/edits/blueprint/sectionSources.ts';
import { shortFiles } from '../../../fixtures/zot.ts';
import {
  application,
  binding,
  findApplication,
  findGroup,
  findProvider,
  group,
  provider,
  section,
} from './handWritten.ts';

const found = (sections: Readonly<Record<string, string>>) => clientsIn(new Map(Object.entries(sections)));
const refusals = (sections: Readonly<Record<string, string>>) => found(sections).clients.map(({ refusal }) => refusal);

describe('clients of several sections', () => {
  it('finds each by its entries, whatever the key and however they refer to each other', () => {
    const { clients, unreadable } = found({
      'apps.yaml': section(
        group('cooks'),
        provider('recipes', 'Recipes OIDC'),
        application('recipes'),
        binding('!KeyOf recipes-app', '!KeyOf group-cooks'),
        provider('photos', 'Photos', ''),
        application('photos', findProvider('Photos')),
        binding(findApplication('photos'), findGroup('cooks')),
      ),
      'wiki.yaml': section(provider('wiki'), application('wiki')),
    });
    expect(unreadable).toEqual([]);
    const own = { provider: 'apps.yaml', application: 'apps.yaml', bindings: ['apps.yaml'], groups: ['apps.yaml'] };
    expect(clients).toEqual([
      { slug: 'recipes', applicationName: 'recipes', providerName: 'Recipes OIDC', clientId: 'recipes', sections: own },
      { slug: 'photos', applicationName: 'photos', providerName: 'Photos', clientId: 'photos', sections: own },
      {
        slug: 'wiki',
        applicationName: 'wiki',
        providerName: 'wiki',
        clientId: 'wiki',
        sections: { provider: 'wiki.yaml', application: 'wiki.yaml', bindings: [], groups: [] },
      },
    ]);
  });

  it('joins by the client id as well, and says of a split client both sections', () => {
    const byId = '!Find [authentik_providers_oauth2.oauth2provider, [client_id, recipes]]';
    const { clients } = found({
      'providers.yaml': section(provider('recipes', 'Recipes')),
      'applications.yaml': section(application('recipes', byId)),
    });
    expect(clients).toMatchObject([{ slug: 'recipes', providerName: 'Recipes', clientId: 'recipes' }]);
    expect(clients[0]?.refusal).toBeUndefined();
    expect(clients[0]?.sections).toMatchObject({ provider: 'providers.yaml', application: 'applications.yaml' });
  });
});

describe('why a client cannot be taken', () => {
  it.each([
    [
      'no provider of OAuth2',
      '!Find [authentik_providers_proxy.proxyprovider, [name, x]]',
      /is a authentik_providers_proxy\.proxyprovider/,
    ],
    ['a provider that stands nowhere', findProvider('x'), /"x", stands in none/],
    ['an id of another section', '!KeyOf x', /!KeyOf x, which is no entry above it/],
  ])('%s', (_name, reference, reason) => {
    expect(refusals({ 'a.yaml': section(application('wiki', reference)) })[0]).toMatch(reason);
  });

  it('says of a proxy above it that it is no OAuth2 provider', () => {
    const proxy = `  - model: authentik_providers_proxy.proxyprovider
    id: x
    identifiers: { name: x }
`;
    expect(refusals({ 'a.yaml': section(proxy, application('wiki', '!KeyOf x')) })[0]).toMatch(
      /!KeyOf x, which is no entry above it in section a\.yaml that makes an OAuth2 provider/,
    );
  });

  it('says of shared and double entries what is to go', () => {
    expect(
      refusals({ 'a.yaml': section(provider('a'), application('a'), application('b', '!KeyOf a-provider')) }),
    ).toEqual([expect.stringContaining('2 applications share'), expect.stringContaining('2 applications share')]);
    const whole = section(provider('a'), application('a'));
    expect(refusals({ 'a.yaml': whole, 'b.yaml': whole })[0]).toBe(
      '2 entries make its application (a.yaml, b.yaml): take out all but one',
    );
    const sameId = provider('b', 'B').replace('client_id: b', 'client_id: a');
    expect(sameId).toContain('client_id: a');
    expect(
      refusals({ 'a.yaml': section(provider('a'), application('a'), sameId, application('b', findProvider('B'))) }),
    ).toEqual([
      expect.stringContaining('2 providers have its client id (a.yaml)'),
      expect.stringContaining('2 providers have its client id (a.yaml)'),
    ]);
    expect(refusals({ 'a.yaml': section(provider('a')) })).toEqual([
      'no application of these sections names its provider (a.yaml)',
    ]);
  });

  it('still finds the clients of a section that cannot be edited, and tells a text that is no blueprint', () => {
    const conditional = provider('a').replace('    id:', '    conditions: [!Context x]\n    id:');
    const { clients, unreadable } = found({
      'a.yaml': section(conditional, application('a')),
      'broken.yaml': 'entries: [',
      'note.txt': 'hello',
    });
    expect(clients).toMatchObject([
      { slug: 'a', clientId: 'a', refusal: expect.stringContaining('section a.yaml') as string },
    ]);
    expect(unreadable.map(({ key }) => key)).toEqual(['broken.yaml', 'note.txt']);
  });
});

describe('sections of an installation', () => {
  const installation = shortFiles();
  const { blueprints } = installation.authentik;
  const text = section(provider('wiki'), application('wiki'));

  it('reads a ConfigMap that is written out', () => {
    const indented = text.replaceAll(/^(?=.)/gm, '    ');
    const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${blueprints.configMap}\ndata:\n  apps.yaml: |\n${indented}`;
    const read = (path: string) => (path === blueprints.file ? manifest : undefined);
    expect([...sectionsOf(installation, read)]).toEqual([['apps.yaml', text]]);
  });

  it('reads the files that a generator names, by its keys', () => {
    const generated = {
      ...installation.authentik,
      blueprints: { ...blueprints, file: 'sso/kustomization.yaml', generatedFrom: 'sso/bp' },
    };
    const kustomization = `kind: Kustomization\nconfigMapGenerator:\n  - name: ${blueprints.configMap}\n    files:\n      - apps.yaml=./bp/all.yaml\n      - bp/gone.yaml\n`;
    const files: Readonly<Record<string, string>> = {
      'sso/kustomization.yaml': kustomization,
      'sso/bp/all.yaml': text,
    };
    expect([...sectionsOf({ ...installation, authentik: generated }, (path) => files[path])]).toEqual([
      ['apps.yaml', text],
    ]);
  });

  it('reads what arrives of them, and says of which nobody can tell it', () => {
    const flux = (substitute?: Record<string, string>) => ({
      gitops: { ...installation.gitops, ...(substitute === undefined ? {} : { substitute }) },
      authentik: { ...installation.authentik, deployBy: 'external' as const },
    });
    const indented = text.replaceAll('wiki.example.test', 'wiki.${DOMAIN}').replaceAll(/^(?=.)/gm, '    ');
    const manifest = `kind: ConfigMap\nmetadata:\n  name: ${blueprints.configMap}\ndata:\n  apps.yaml: |\n${indented}`;
    const read = (path: string) => (path === blueprints.file ? manifest : undefined);
    expect([...sectionsOf(flux({ DOMAIN: 'example.test' }), read)]).toEqual([['apps.yaml', text]]);
    expect([...untoldSections(flux({ DOMAIN: 'example.test' }), read)]).toEqual([]);
    expect([...untoldSections(flux(), read)]).toEqual([['apps.yaml', expect.stringContaining('${DOMAIN}')]]);
    expect([...untoldSections(installation, read)]).toEqual([]);
  });
});

it.each([
  ['', 'its provider has no client_id, so Authentik has made one up: write that there'],
  // Of which file, an import asks (core/import/clients.ts).
  ['client_id: !File /secrets/id', undefined],
  ['client_id: !Format ["%s-x", !Env ID]', 'the file does not tell its client id, !Format ["%s-x", !Env ID]'],
  ['client_id: !Env ID', undefined],
  ['client_id: !Env [ID, recipes]', undefined],
  ['client_id: 12345', undefined],
])('a client of %s is told by its id, or refused', (line, says) => {
  const entry = provider('recipes').replace(/ +client_id: recipes\n/, line === '' ? '' : `      ${line}\n`);
  const [refusal] = refusals({ 'recipes.yaml': section(entry, application('recipes')) });
  if (says === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(says);
});
