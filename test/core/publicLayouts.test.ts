import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filePlan } from '../../client/filePlan.ts';
import { importWithPlan } from '../../client/importPlan.ts';
import { clientMeant, standingClients } from '../../core/import/clients.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { textsOf } from '../fixtures/texts.ts';
import type { ClientShape, Style } from './handMade/blueprint.ts';
import { PATHS, repositoryOf, type MadeRepository, type RepositoryShape } from './handMade/repository.ts';
import { labelOf } from './handMade/secondReader.ts';

/** The layouts of public repositories one by one, each by what it is and nothing else; test/core/handMade.test.ts combines them. */

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

const recipes: ClientShape = {
  slug: 'recipes',
  appName: 'Recipes',
  providerName: 'Recipes',
  clientId: { text: 'recipes' },
  secret: 'env',
  variable: 'RECIPES_CLIENT_SECRET',
  key: 'recipes-client-secret',
  field: 'recipes-client-secret',
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
const photos: ClientShape = {
  ...recipes,
  slug: 'photos',
  appName: 'Photos',
  providerName: 'Photos',
  clientId: { text: 'photos' },
  variable: 'PHOTOS_CLIENT_SECRET',
  key: 'photos-client-secret',
  field: 'photos-client-secret',
};
const inEnvStyle = { key: 'RECIPES_CLIENT_SECRET', field: 'RECIPES_CLIENT_SECRET' };

const plain: RepositoryShape = {
  clients: [recipes],
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
};

const made = (change: Partial<RepositoryShape>, client: Partial<ClientShape> = {}): MadeRepository =>
  repositoryOf({ ...plain, clients: [{ ...recipes, ...client }], ...change });

type Files = Readonly<Record<string, string>>;

function standingIn({ files, installation }: MadeRepository) {
  return standingClients({ installation, read: (path) => files[path] });
}

/** The registration that an import writes, with what it says of it. */
async function imported(repository: MadeRepository, client = 'recipes') {
  const { files, installation } = repository;
  const standing = standingIn(repository);
  const input = { client, installation, paths: Object.keys(files), read: (path: string) => files[path] };
  return importWithPlan({ input, standing, files: textsOf(files) }, clientMeant(standing, input));
}

const wiki: RegistrationInput = {
  apiVersion: 'oidc-registrar/v1',
  kind: 'OidcClient',
  metadata: { name: 'wiki' },
  spec: { displayName: 'Wiki', redirectUris: ['https://wiki.example/callback'], access: { groups: ['cooks'] } },
};

/** The files as a plan of a registration leaves them, and which of them it changes. */
async function planned({ files, installation }: MadeRepository, asked = wiki) {
  const registration = checkRegistration(asked, 'test');
  const { files: changed } = await filePlan({ registration, installation, files: textsOf(files) });
  const after: Files = { ...files, ...Object.fromEntries(changed.map(({ path, after: text = '' }) => [path, text])) };
  const again = await filePlan({ registration, installation, files: textsOf(after) });
  expect(again.plan.unchanged).toBe(true);
  return { after, paths: changed.map(({ path }) => path) };
}

const withText = (repository: MadeRepository, path: string, change: (text: string) => string): MadeRepository => {
  const text = change(repository.files[path] ?? '');
  expect(text).not.toBe(repository.files[path]);
  return { ...repository, files: { ...repository.files, [path]: text } };
};

describe('is taken over as it stands', () => {
  it.each<[string, Partial<RepositoryShape>, Partial<ClientShape>]>([
    ['a ConfigMap that is written out', {}, {}],
    ['a ConfigMap that a generator makes of files', { blueprints: 'generated' }, {}],
    ['a generator with ./ before its files', { blueprints: 'dotSlash' }, {}],
    ['variables in Helm values', { worker: 'values' }, {}],
    ['Helm values in a HelmRelease', { worker: 'helmRelease' }, {}],
    ['envFrom of the whole Secret', { worker: 'envFrom' }, inEnvStyle],
    ['envFrom with a prefix', { worker: 'prefix' }, { ...inEnvStyle, variable: 'SSO_RECIPES_CLIENT_SECRET' }],
    ['envFrom in Helm values', { worker: 'valuesFrom' }, inEnvStyle],
    ['several clients in one section', { clients: [recipes, photos], sections: 'together' }, {}],
    ['a section of another name than the client', { keys: 'prefixed' }, {}],
    ['provider and application in two sections', { sections: 'apart' }, {}],
    [
      'provider and application of several clients in two sections',
      { sections: 'apart', clients: [recipes, photos] },
      {},
    ],
    ['provider and application in two sections, joined by the client id', { sections: 'apart' }, { link: 'client_id' }],
    ['provider and application in two files of a generator', { sections: 'apart', blueprints: 'generated' }, {}],
    ['scope mappings by managed', {}, { mappings: 'managed' }],
    ['scope mappings by name', {}, { mappings: 'name' }],
    ['a scope mapping of its own', {}, { mappings: 'own' }],
    ['an application named otherwise than its provider', {}, { providerName: 'recipes-oauth-provider' }],
    ['a client id from a variable', {}, { clientId: { variable: 'RECIPES_CLIENT_ID' } }],
    ['attributes merged by <<', { style: { ...style, merged: true } }, {}],
    ['entries with state: created', {}, { state: 'created' }],
    ['no grant types', {}, { grants: false }],
    ['policy_engine_mode: all', {}, { groups: ['cooks', 'guests'], mode: 'all' }],
    ['no binding', {}, { groups: [] }],
    ['target.template.data over spec.data', { template: 'data' }, inEnvStyle],
    ['target.template.data over dataFrom.extract', { fetch: 'extract', template: 'data' }, {}],
    ['target.template.data over a rewrite', { fetch: 'rewrite', template: 'data' }, {}],
    ['a template that merges', { template: 'merge' }, {}],
    ['external-secrets.io/v1beta1', { api: 'v1beta1' }, {}],
    ['defaults of the API written out', { defaults: true }, {}],
    ['a public client', {}, { isPublic: true }],
    [
      'the commonest public client as a whole',
      { worker: 'envFrom', fetch: 'extract', template: 'data' },
      {
        ...inEnvStyle,
        providerName: 'recipes',
        clientId: { variable: 'RECIPES_CLIENT_ID' },
        grants: false,
        link: 'name',
      },
    ],
  ])('%s', async (_, shape, client) => {
    const repository = made(shape, client);
    const { refusal, lines, text } = await imported(repository);
    expect(refusal).toBeUndefined();
    expect(text).toContain('# nothing would change: a plan of this registration is empty\n');
    expect(lines).toBe(0);
  });
});

describe('is not taken over, and says why', () => {
  it.each<[string, Partial<RepositoryShape>, Partial<ClientShape>, string]>([])('%s', async (_, shape, client, why) => {
    const repository = made(shape, client);
    await expect(imported(repository)).rejects.toThrow(why);
    // Who asks for another one is told of it, too.
    await expect(imported(repository, 'nobody')).rejects.toThrow(`known: recipes (${why}`);
  });

  it.each<[string, Partial<RepositoryShape>, string]>([
    ['a templateFrom', { template: 'from' }, 'spec.target.template.templateFrom'],
    ['the whole item without a template', { fetch: 'extract', worker: 'env' }, 'by dataFrom'],
  ])('%s', async (_, shape, why) => {
    expect((await imported(made(shape, shape.fetch === 'extract' ? { key: recipes.field } : {}))).refusal).toContain(
      why,
    );
  });
});

describe('takes a new client', () => {
  it.each<[string, Partial<RepositoryShape>, Partial<ClientShape>, readonly string[]]>([
    ['into spec.data alone', {}, {}, [PATHS.blueprints, PATHS.secret, PATHS.worker]],
    [
      'by an entry and a line of the template',
      { template: 'data' },
      {},
      [PATHS.blueprints, PATHS.secret, PATHS.worker],
    ],
    [
      'by one line of the template, where the item is extracted',
      { fetch: 'extract', template: 'data', worker: 'envFrom' },
      inEnvStyle,
      [PATHS.blueprints, PATHS.secret],
    ],
    [
      'without an entry in the Deployment, where envFrom brings it',
      { worker: 'envFrom' },
      inEnvStyle,
      [PATHS.blueprints, PATHS.secret],
    ],
    [
      'into an empty list of variables',
      { worker: 'emptyValues' },
      inEnvStyle,
      [PATHS.blueprints, PATHS.secret, PATHS.values],
    ],
    [
      'into the list of a generator',
      { blueprints: 'dotSlash' },
      {},
      [PATHS.kustomization, PATHS.secret, PATHS.worker, `${PATHS.sections}/wiki.yaml`],
    ],
  ])('%s', async (_, shape, client, paths) => {
    const repository = made(shape, client);
    const { after, paths: changed } = await planned(repository);
    expect(changed.toSorted((a, b) => a.localeCompare(b))).toEqual([...paths].toSorted((a, b) => a.localeCompare(b)));
    const { installation } = repository;
    const field = 'wiki-client-secret';
    expect(labelOf(after, installation.naming.envVar.replace('{NAME}', 'WIKI'), [field])).toBe(field);
  });

  it('in the style of the generator’s neighbours', async () => {
    const { after } = await planned(made({ blueprints: 'dotSlash' }));
    expect(after[PATHS.kustomization]).toContain('      - ./blueprints/recipes.yaml\n      - ./blueprints/wiki.yaml\n');
  });

  it('with an item of the volume, where that lists its sections', async () => {
    const items =
      '            name: sso-blueprints\n            items:\n              - { key: recipes.yaml, path: recipes.yaml }\n';
    const repository = withText(made({}), PATHS.worker, (text) =>
      text.replace('            name: sso-blueprints\n', items),
    );
    expect((await planned(repository)).after[PATHS.worker]).toMatch(
      /key: wiki\.yaml,? path: wiki\.yaml|key: wiki\.yaml\n +path: wiki\.yaml/,
    );
  });
});

it('a Secret that comes later in envFrom is told, for its key would be taken in place of the client’s', async () => {
  const repository = withText(made({ worker: 'envFrom' }, inEnvStyle), PATHS.worker, (text) =>
    text.replace(
      /( +- secretRef:\n?[^]*?name: authentik-env.*\n)/,
      (first: string) => `${first}${first.replace('authentik-env', 'overrides')}`,
    ),
  );
  const { text, lines } = await imported(repository);
  expect(lines).toBe(0);
  expect(text).toContain('# Secret overrides comes later in envFrom: a key RECIPES_CLIENT_SECRET of it would be taken');
});

describe('refuses a new client', () => {
  const kitchen: RegistrationInput = { ...wiki, metadata: { name: 'kitchen' } };
  it.each<[string, object, string]>([
    ['slug', { slug: 'recipes' }, 'slug "recipes"'],
    ['client id', { clientId: 'recipes' }, 'client id "recipes"'],
    ['provider name', { providerName: 'Recipes' }, 'provider name "Recipes"'],
  ])('whose %s stands in another section', async (_, spec, what) => {
    const asked = { ...kitchen, spec: { ...kitchen.spec, ...spec } } as RegistrationInput;
    await expect(planned(made({ keys: 'prefixed' }), asked)).rejects.toThrow(
      new RegExp(`${what} is in section oidc-recipes\\.yaml`),
    );
  });

  it('of the slug of one that has another provider name, which it tells', async () => {
    const asked = { ...wiki, spec: { ...wiki.spec, slug: 'recipes', providerName: 'Cookbook', clientId: 'recipes' } };
    const together = made({ clients: [recipes, photos], sections: 'together' });
    await expect(planned(together, asked as RegistrationInput)).rejects.toThrow(
      /slug "recipes" and client id "recipes" are in section \S+ of the same ConfigMap, with provider name "Recipes", not "Cookbook"/,
    );
  });

  it('and tells first why an entry is not changed, then what it is, and nothing of others', async () => {
    const together = made({ clients: [recipes, photos], sections: 'together' });
    const asked = parse((await imported(together)).text) as RegistrationInput;
    const error = planned(together, { ...asked, spec: { ...asked.spec, envVar: 'COOKBOOK_SECRET' } });
    await expect(error).rejects.toThrow(/different\. It is not changed: [^\n]*RECIPES_CLIENT_SECRET[^\n]* There:\n/);
    await expect(error).rejects.not.toThrow('slug: photos');
  });

  it('where every field of the item arrives, pending ones too', async () => {
    await expect(planned(made({ fetch: 'extract' }, { key: recipes.field }))).rejects.toThrow('by dataFrom');
  });

  it('whose entry is there while the template does not pass it on, until its line is there too', async () => {
    const entry = `    - secretKey: wiki_client_secret\n      remoteRef:\n        key: Authentik\n        property: wiki-client-secret\n`;
    const repository = withText(made({ template: 'data' }), PATHS.secret, (text) => `${text}${entry}`);
    const { after } = await planned(repository);
    expect(labelOf(after, 'WIKI_CLIENT_SECRET', ['wiki-client-secret'])).toBe('wiki-client-secret');
  });
});

describe('an ExternalSecret that takes several items whole', () => {
  const OURS = '    - extract:\n        key: Authentik\n';
  const extract = (key: string, more = ''): string => `    - extract:\n        key: ${key}\n${more}`;
  const prefix = '      rewrite: [{ regexp: { source: "(.*)", target: "db_$1" } }]\n';
  const taking = (parts: string, data = ''): MadeRepository =>
    withText(made({ fetch: 'extract', template: 'data' }), PATHS.secret, (text) =>
      text.replace(OURS, parts).replace('  dataFrom:', `${data}  dataFrom:`),
    );
  const entry = '  data: [{ secretKey: recipes-client-secret, remoteRef: { key: Recipes, property: secret } }]\n';

  it.each([
    ['the configured one last', extract('Recipes') + OURS],
    ['the configured one first', OURS + extract('Recipes')],
    ['none of them configured', extract('Recipes') + extract('Others')],
  ])('names none of them as the one with the secret: %s', async (_, parts) => {
    const repository = taking(parts);
    const { text, refusal } = await imported(repository);
    expect(refusal).toMatch(/extracts items "\w+" and "\w+", and key recipes-client-secret may come from each/);
    expect(text).toContain('# not yet usable: ');
    expect(text).toContain('name another one in spec.vaultItem');
    expect(text).not.toMatch(/nothing would change|^ {2}vaultItem:|no consumer was found/m);
  });

  it.each([
    ['an entry says which', OURS + extract('Recipes'), entry, '  vaultItem: Recipes\n'],
    ['the names of the other begin otherwise', OURS + extract('Database', prefix), '', undefined],
    ['the other brings one label alone', OURS + extract('Database', '        property: password\n'), '', undefined],
    ['the same is named by title and id', OURS + extract('authentikitemaaaaaaaaaaaaa'), '', undefined],
  ])('is read where the text tells: %s', async (_, parts, data, item) => {
    const { installation, files } = taking(parts, data);
    const vault = { ...installation.vault, itemId: 'authentikitemaaaaaaaaaaaaa' };
    const { text, refusal } = await imported({
      files,
      installation: { ...installation, vault },
    });
    expect(refusal).toBe(undefined);
    expect(text.includes('vaultItem:')).toBe(item !== undefined);
    if (item !== undefined) expect(text).toContain(item);
  });

  it('a plan warns where neither the registration nor a record says which', async () => {
    const repository = taking(OURS + extract('Recipes'));
    const { files, installation } = repository;
    const asked = parse((await imported(repository)).text) as RegistrationInput;
    const warnings = async (vaultItem?: string): Promise<string> => {
      const spec = { ...asked.spec, ...(vaultItem === undefined ? {} : { vaultItem }) };
      const registration = checkRegistration({ ...asked, spec }, 'test');
      const { plan } = await filePlan({ registration, installation, files: textsOf(files) });
      expect(plan.unchanged).toBe(true);
      return plan.warnings.join('\n');
    };
    expect(await warnings()).toContain('the registration means item "Authentik", and a run refuses where that lacks');
    expect(await warnings('Recipes')).not.toContain('extracts items');
  });
});
