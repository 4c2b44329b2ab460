import * as fc from 'fast-check';
import type { ClientShape, Style } from './blueprint.ts';
import { type RepositoryShape, variableOf } from './repository.ts';

/** Weighted as public repositories were counted: the usual is frequent, and each rarity comes often enough to be met. */
const usually = <T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, ...rare.map((each) => fc.constant(each)));

const styles: fc.Arbitrary<Style> = fc.record({
  indented: fc.boolean(),
  first: fc.constantFrom('model', 'identifiers', 'id'),
  flowIdentifiers: fc.boolean(),
  redirects: fc.constantFrom('block', 'flowItems', 'flow'),
  longTags: usually(false, true),
  quotes: fc.constantFrom('', '"', "'"),
  comments: fc.boolean(),
  blankLines: fc.boolean(),
  dashes: fc.boolean(),
  repeated: fc.boolean(),
  merged: usually(false, true),
});

const SLUGS = [
  { slug: 'wiki', appName: 'Wiki' },
  { slug: 'photos', appName: 'Family Photos' },
  { slug: 'git-forge', appName: 'Forge: code' },
  { slug: 'on', appName: 'On' },
];

type Names = 'kebab' | 'env' | 'odd';

const clients = fc.record({
  provider: fc.constantFrom('same', 'suffix', 'lower'),
  clientId: usually<'slug' | 'other' | 'variable'>('slug', 'other', 'variable'),
  secret: usually<ClientShape['secret']>('env', 'absent', 'clear'),
  mappings: usually<ClientShape['mappings']>('scope_name', 'managed', 'name', 'managed', 'own'),
  groups: fc.constantFrom([], ['family'], ['family', 'admins']),
  mode: fc.constantFrom(undefined, 'any' as const, 'all' as const),
  grants: fc.boolean(),
  launchUrl: fc.boolean(),
  isPublic: usually(false, true),
  state: usually<ClientShape['state']>(undefined, 'present', 'created'),
  link: fc.constantFrom('KeyOf' as const, 'name' as const, 'client_id' as const),
  extras: fc.boolean(),
});

type Choice = typeof clients extends fc.Arbitrary<infer T> ? T : never;

type Way = Pick<RepositoryShape, 'worker' | 'fetch' | 'template'>;

/** Variable, key and field of a client, as they can be together: what nothing renames arrives under the name of its field. */
function namesOf(names: Names, slug: string, way: Way) {
  const upper = slug.toUpperCase().replaceAll('-', '_');
  const isWhole = ['envFrom', 'prefix', 'valuesFrom', 'emptyValues'].includes(way.worker);
  const of = {
    kebab: {
      variable: `AUTHENTIK_${upper}_CLIENT_SECRET`,
      key: `${slug}-client-secret`,
      field: `${slug}-client-secret`,
    },
    env: {
      variable: `${upper}_CLIENT_SECRET`,
      key: `${upper}_CLIENT_SECRET`,
      field: `${upper}_CLIENT_SECRET`,
    },
    odd: { variable: `OIDC_${upper}`, key: `OIDC_SECRET_${upper}`, field: `${slug}_oidc` },
  }[names];
  const isRenamed = way.fetch === 'data' || way.template === 'data';
  const field = isRenamed ? of.field : `${upper}_CLIENT_SECRET`;
  const fetched = isRenamed ? of.key : way.fetch === 'rewrite' ? `item_${field}` : field;
  // Every key of a Secret that the worker has whole is a variable, and must have the name of one.
  const key = isWhole ? fetched.replaceAll('-', '_').replace(/^[a-z_]+$/, (text) => text.toUpperCase()) : fetched;
  return { field, key, variable: isWhole ? variableOf(way, key) : of.variable };
}

function clientOf(choice: Choice, named: (typeof SLUGS)[number], way: Way, names: Names): ClientShape {
  const { slug, appName } = named;
  const upper = slug.toUpperCase().replaceAll('-', '_');
  const providers = { same: appName, suffix: `${appName} OAuth`, lower: `${slug}-provider` };
  const ids = {
    slug: { text: slug },
    other: { text: `${slug}.example` },
    variable: { variable: variableOf(way, `${upper}_CLIENT_ID`) },
  };
  return {
    ...choice,
    ...named,
    ...namesOf(names, slug, way),
    providerName: providers[choice.provider],
    clientId: ids[choice.clientId],
  };
}

/** Repositories with these shapes combined. */
export const repositories: fc.Arbitrary<RepositoryShape> = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    slugs: fc.shuffledSubarray(SLUGS, { minLength: 3, maxLength: 3 }),
    choices: fc.tuple(clients, clients, clients),
    names: fc.constantFrom<Names>('kebab', 'env', 'odd'),
    style: styles,
    sections: usually<RepositoryShape['sections']>('each', 'together', 'together', 'two', 'apart'),
    keys: fc.constantFrom('slug' as const, 'prefixed' as const),
    blueprints: fc.constantFrom<RepositoryShape['blueprints']>('configMap', 'configMap', 'generated', 'dotSlash'),
    worker: fc.constantFrom<RepositoryShape['worker']>(
      'env',
      'envFrom',
      'prefix',
      'values',
      'emptyValues',
      'valuesFrom',
      'helmRelease',
    ),
    fetch: fc.constantFrom<RepositoryShape['fetch']>('data', 'extract', 'rewrite'),
    template: usually<RepositoryShape['template']>('data', 'none', 'merge', 'from'),
    api: fc.constantFrom('v1' as const, 'v1beta1' as const),
    engine: fc.boolean(),
    defaults: fc.boolean(),
    keepsIds: fc.boolean(),
  })
  .map(({ count, slugs, choices, names, ...shape }) => ({
    ...shape,
    clients: slugs.slice(0, count).map((named, i) => clientOf(choices[i] as Choice, named, shape, names)),
  }));
