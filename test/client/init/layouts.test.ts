import { describe, expect, it } from 'vitest';
import { filePlan } from '../../../client/filePlan.ts';
import { type Installation, installationSchema } from '../../../core/installation/installation.ts';
import { type Layout, type LayoutName, sampleLayout } from '../../../sandbox/world/layout.ts';
import type { ClientShape, Style } from '../../core/handMade/blueprint.ts';
import { repositoryOf, type RepositoryShape } from '../../core/handMade/repository.ts';
import { severalSources, type Sources } from '../../fixtures/severalSources.ts';
import { textsOf } from '../../fixtures/texts.ts';
import { ANSWERS, type Files, initOver, orders } from './layouts.ts';

/** `init` over the sandbox's layouts and over the shapes of public repositories: what files tell is what their own registrar.yaml says. */

/** What of an installation files can tell. */
function known({ gitops, argocd, vault, authentik, naming, clusters }: Installation) {
  const { url: _url, ...told } = authentik;
  const { land, branch, registrations } = gitops;
  const names = { ...naming, secretKey: naming.secretKey ?? naming.vaultField };
  return { land, branch, registrations, argocd, clusters: Object.keys(clusters), item: vault.itemTitle, told, names };
}

/** The texts that a registration leaves. */
async function planned(files: Files, installation: Installation): Promise<Files> {
  const { files: changed } = await filePlan({ registration: orders, installation, files: textsOf(files) });
  return Object.fromEntries(changed.map(({ path, after = '' }) => [path, after]));
}

/** The installation that a layout says itself, with the names that its clusters have in it. */
function own({ installation: input }: Pick<Layout, 'installation'>): Installation {
  const names = [...(input.argocd === undefined ? [] : ['hub']), input.authentik.cluster];
  return installationSchema.parse({ ...input, clusters: Object.fromEntries(names.map((name) => [name, {}])) });
}

describe('the sample repository', () => {
  /** Of these no client stands after which others could be called. */
  const unnamed = {
    envVar: '{NAME}_OIDC',
    vaultField: '{name}-oidc',
    secretKey: '{name}-oidc',
    blueprintName: '{displayName}',
  };
  it.each<[LayoutName, Readonly<Record<string, string>>, object]>([
    ['manual', {}, {}],
    ['consumers', {}, {}],
    ['auto', { namespace: 'sso' }, { names: unnamed }],
    ['external', { namespace: 'sso', branch: 'trunk', cluster: 'edge' }, { names: unnamed }],
    // One client alone does not show that others are to join its section.
    ['flux', {}, { told: { blueprints: { section: 'apps.yaml' } } }],
    // A Flux deploys it, of which the job is not told.
    ['helm', { 'deploy-by': 'external' }, {}],
  ])('%s', async (name, answers, untold) => {
    const layout = await sampleLayout(name);
    const { installation, code } = await initOver(layout.files, answers);
    expect(merged(known(installation), untold)).toEqual(known(own(layout)));
    expect(code).toBe(0);
    expect(Object.keys(await planned(layout.files, installation)).length).toBeGreaterThan(1);
  });
});

/** What of an object the other one says instead. */
function merged(one: unknown, other: unknown): unknown {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return other;
  const keys = Object.entries(other).map(
    ([key, value]) => [key, merged((one as Record<string, unknown>)[key], value)] as const,
  );
  return { ...one, ...Object.fromEntries(keys) };
}

describe('an Application of several sources', () => {
  it.each<[Sources, boolean]>([
    ['ref', false],
    ['ref', true],
    ['both', false],
    ['umbrella', false],
  ])('%s, automated: %s', async (shape, automated) => {
    const layout = await severalSources(shape, { automated });
    const { installation, code } = await initOver(layout.files);
    expect(known(installation)).toEqual(known(own(layout)));
    expect(code).toBe(0);
  });
});

const style: Style = {
  indented: true,
  first: 'model',
  flowIdentifiers: false,
  redirects: 'block',
  longTags: false,
  quotes: '',
  comments: false,
  blankLines: false,
  dashes: false,
  repeated: true,
  merged: false,
};

const client = (slug: string, inEnvStyle: boolean): ClientShape => {
  const name = slug.toUpperCase();
  const plain = inEnvStyle ? `${name}_CLIENT_SECRET` : `${slug}-client-secret`;
  return {
    slug,
    appName: slug === 'recipes' ? 'Recipes' : 'Photos',
    providerName: slug,
    clientId: { text: slug },
    secret: 'env',
    variable: `${name}_CLIENT_SECRET`,
    key: plain,
    field: plain,
    mappings: 'scope_name',
    groups: ['cooks'],
    mode: undefined,
    grants: true,
    launchUrl: true,
    isPublic: false,
    state: undefined,
    link: 'KeyOf',
    extras: false,
  };
};

const shape = (change: Partial<RepositoryShape>, inEnvStyle = false): RepositoryShape => ({
  clients: [client('recipes', inEnvStyle), client('photos', inEnvStyle)],
  style,
  sections: 'each',
  keys: 'slug',
  blueprints: 'configMap',
  worker: 'env',
  fetch: 'data',
  template: 'none',
  api: 'v1',
  engine: true,
  defaults: false,
  ...change,
});

describe('a public repository', () => {
  it('whose generator puts a hash behind its name is refused as a run refuses it', async () => {
    const { files } = repositoryOf(shape({ blueprints: 'generated' }));
    const hashed = Object.entries(files).map(([file, text]) => [
      file,
      text.replaceAll('disableNameSuffixHash: true', 'disableNameSuffixHash: false'),
    ]);
    const { code, report } = await initOver(Object.fromEntries(hashed) as typeof files, { namespace: 'sso' });
    expect(code).toBe(2);
    expect(report).toMatch(
      /is refused .*\n {2}a run refuses these files: .*a hash behind it.*disableNameSuffixHash: true/,
    );
  });

  it.each<[string, Partial<RepositoryShape>, boolean]>([
    ['a ConfigMap that is written out', {}, false],
    ['a generator', { blueprints: 'generated' }, false],
    ['a generator with ./ before its files', { blueprints: 'dotSlash' }, false],
    ['provider and application in two sections', { sections: 'apart' }, false],
    ['sections of another name', { keys: 'prefixed' }, false],
    ['external-secrets.io/v1beta1', { api: 'v1beta1' }, false],
    ['a template over entries', { template: 'data' }, false],
    ['a template over an extract', { fetch: 'extract', template: 'data' }, true],
    ['a template over an extract with a rewrite', { fetch: 'rewrite', template: 'data' }, true],
    ['names as variables have them', {}, true],
    ['envFrom', { worker: 'envFrom' }, true],
    ['Helm values', { worker: 'values' }, false],
    ['an empty list in Helm values', { worker: 'emptyValues' }, false],
    ['envFrom in Helm values', { worker: 'valuesFrom' }, true],
    ['a HelmRelease', { worker: 'helmRelease' }, false],
  ])('%s', async (_, change, inEnvStyle) => {
    const { files, installation: theirs } = repositoryOf(shape(change, inEnvStyle));
    const { installation: ours, code } = await initOver(files, { namespace: 'sso' });
    expect(known(ours).told).toEqual(known(theirs).told);
    expect(ours.vault.itemTitle).toBe(theirs.vault.itemTitle);
    expect(code).toBe(0);
    // By the names that stand: a new client is called as they are.
    const after = await planned(files, ours);
    expect(Object.values(after).join('\n')).toContain('ORDERS_CLIENT_SECRET');
    expect(Object.values(after).join('\n')).not.toContain('AUTHENTIK_ORDERS');
    if (inEnvStyle) expect(Object.values(after).join('\n')).not.toContain('orders-client-secret');
    expect(ours.naming.blueprintKey).toBe(change.keys === 'prefixed' ? 'oidc-{name}.yaml' : '{name}.yaml');
  });

  it.each([
    ['together' as const, 'apps.yaml'],
    ['two' as const, 'apps.yaml'],
    ['each' as const, undefined],
  ])('clients in sections (%s) have new ones join %s', async (sections, section) => {
    const { files } = repositoryOf(shape({ sections }));
    expect((await initOver(files)).installation.authentik.blueprints.section).toBe(section);
  });

  it.each<[string, Partial<RepositoryShape>, string]>([
    [
      'the whole item, without a template that names keys',
      { fetch: 'extract' },
      'out of service would arrive in its Secret\n  Give each a spec.target.template',
    ],
    ['keys by templateFrom alone', { template: 'from' }, 'templateFrom'],
  ])('%s is written, and told as refused', async (_, change, why) => {
    const { files } = repositoryOf(shape(change, true));
    const { report, code } = await initOver(files);
    expect(code).toBe(2);
    expect(report).toContain('A plan of a first client is refused');
    expect(report).toContain(why);
  });
});

it('what a person gives is what is written, whatever the files say', async () => {
  const { files } = await sampleLayout('manual');
  const { installation } = await initOver(files, { branch: 'deploy', cluster: 'green', 'argocd-cluster': 'blue' });
  expect(installation.gitops.branch).toBe('deploy');
  expect([installation.authentik.cluster, installation.argocd?.cluster]).toEqual(['green', 'blue']);
  expect(installation.vault.vaultId).toBe(ANSWERS['vault-id']);
});

it('an answer that is none is told by its option, for there is no file yet to look it up in', async () => {
  const { files } = await sampleLayout('manual');
  await expect(initOver(files, { url: 'auth', 'connect-host': 'ftp://x' })).rejects.toMatchObject({
    message: expect.stringMatching(/^vault\.connectHost: must .*\nauthentik\.url: must /),
    remedy: 'Nothing was written. Correct --url and --connect-host.',
  });
});

it('a Deployment that Helm has rendered is told, for what is written there is lost', async () => {
  const { files } = await sampleLayout('manual');
  const file = 'identity/authentik/worker.yaml';
  const label = 'app.kubernetes.io/managed-by: Helm';
  const rendered = String(files[file]).replace(/^metadata:\n/m, `metadata:\n  labels:\n    ${label}\n`);
  expect((await initOver({ ...files, [file]: rendered })).report).toContain(`${file} is what Helm has rendered`);
  expect((await initOver(files)).report).not.toContain('rendered');
});
