import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../sandbox/world/world.ts';
import type { Api } from './api.ts';
import { isReal, REAL } from './backends.ts';
import type { RealHosting } from './realHosting.ts';
import { startWorld } from './startWorld.ts';

/** All that the job may do, one line a verb: `cluster namespace verb resource.group[/name]`. */
const ALLOWED = [
  'hub argocd get applications.argoproj.io/authentik',
  'hub argocd patch applications.argoproj.io/authentik',
  'hub argocd get appprojects.argoproj.io/default',
  'hub argocd create leases.coordination.k8s.io',
  'hub argocd get leases.coordination.k8s.io/oidc-registrar-authentik',
  'hub argocd update leases.coordination.k8s.io/oidc-registrar-authentik',
  'hub argocd delete leases.coordination.k8s.io/oidc-registrar-authentik',
  'edge identity get secrets/authentik-env',
  'edge identity get configmaps/authentik-blueprints',
  'edge identity get externalsecrets.external-secrets.io/authentik',
  'edge identity patch externalsecrets.external-secrets.io/authentik',
  'edge identity list events',
  'edge identity get deployments.apps/authentik-worker',
  'edge identity patch deployments.apps/authentik-worker',
  'edge identity list replicasets.apps',
  'edge identity list pods',
  'edge - get clustersecretstores.external-secrets.io/vault-orchard',
];

/** What Kubernetes lets every service account do: ask what it may do, and read the bundles of trusted authorities. */
const EVERYONE = new Set([
  'get clustertrustbundles.certificates.k8s.io',
  'list clustertrustbundles.certificates.k8s.io',
  'watch clustertrustbundles.certificates.k8s.io',
  'create selfsubjectaccessreviews.authorization.k8s.io',
  'create selfsubjectrulesreviews.authorization.k8s.io',
  'create selfsubjectreviews.authentication.k8s.io',
]);

/** Verbs that the lists of resources do not tell, for they are of authorization alone. */
const HIDDEN_VERBS: Readonly<Record<string, readonly string[]>> = {
  serviceaccounts: ['impersonate'],
  users: ['impersonate'],
  groups: ['impersonate'],
  'roles.rbac.authorization.k8s.io': ['bind', 'escalate'],
  'clusterroles.rbac.authorization.k8s.io': ['bind', 'escalate'],
};

interface Resource {
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface Question {
  readonly cluster: 'hub' | 'edge';
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

describe.skipIf(REAL === undefined)('the identity of deploy/rbac.yaml in real clusters', () => {
  let world: World;
  let hosting: RealHosting;
  beforeAll(async () => {
    world = await startWorld(REAL?.options);
    if (!isReal(world.hosting)) throw new TypeError('not on real clusters');
    hosting = world.hosting;
  });
  afterAll(async () => world?.destroy());

  it.each(['hub', 'edge'] as const)('is granted in %s exactly what the list says', async (cluster) => {
    const { api, home } = sideOf(hosting, cluster);
    const granted = await rulesIn(api, home);
    expect(granted.filter((line) => !EVERYONE.has(line)).toSorted()).toEqual(
      ALLOWED.filter((line) => line.startsWith(`${cluster} `))
        .map((line) => line.split(' ').slice(2).join(' '))
        .toSorted(),
    );
    const elsewhere = await rulesIn(api, 'kube-system');
    expect(elsewhere.filter((line) => !EVERYONE.has(line)).toSorted()).toEqual(
      ALLOWED.filter((line) => line.startsWith(`${cluster} - `)).map((line) => line.split(' ').slice(2).join(' ')),
    );
  });

  it('is denied every other verb on every resource that the two API servers serve', async () => {
    const allowed: string[] = [];
    const denied = new Map<string, Set<string>>();
    let asked = 0;
    for (const cluster of ['hub', 'edge'] as const) {
      const { api, admin, home } = sideOf(hosting, cluster);
      const questions = (await resourcesOf(admin)).flatMap((resource) => questionsOf(cluster, home, resource));
      asked += questions.length;
      for (let i = 0; i < questions.length; i += 20) {
        await Promise.all(
          questions.slice(i, i + 20).map(async (question) => {
            const { verb, group, resource } = question;
            if (await may(api, question)) allowed.push(inWords(question));
            else denied.set(verb, (denied.get(verb) ?? new Set()).add(qualified(group, resource)));
          }),
        );
      }
    }

    const beyond = allowed.map(withoutName).filter((line) => !EVERYONE.has(line.split(' ').slice(2).join(' ')));
    const found = [...new Set(beyond)].toSorted();
    process.stdout.write(listing(asked, found, denied));
    expect(found).toEqual(ALLOWED.toSorted());
  });

  it('is refused with 403 when it tries all the same', async () => {
    const { management, workload } = hosting.identity;
    const attempts: readonly (readonly [Api, string, string, unknown?])[] = [
      [workload, 'GET', '/api/v1/namespaces/identity/secrets'],
      [workload, 'GET', '/api/v1/namespaces/vault/secrets/connect-token'],
      [workload, 'PATCH', '/api/v1/namespaces/identity/configmaps/authentik-blueprints', { data: { x: 'y' } }],
      [
        workload,
        'PATCH',
        '/apis/apps/v1/namespaces/identity/deployments/authentik-server',
        { metadata: { labels: { x: 'y' } } },
      ],
      [workload, 'POST', '/api/v1/namespaces/identity/serviceaccounts/oidc-registrar/token', {}],
      [management, 'GET', '/api/v1/namespaces/argocd/secrets/cluster-edge'],
      [management, 'DELETE', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/authentik'],
      [
        management,
        'PATCH',
        '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/default',
        { spec: { description: 'x' } },
      ],
      [management, 'GET', '/apis/coordination.k8s.io/v1/namespaces/argocd/leases'],
    ];
    for (const [api, method, where, body] of attempts) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      expect([method, where, (await api.send(method, where, body, type)).status]).toEqual([method, where, 403]);
    }
  });
});

function sideOf(hosting: RealHosting, cluster: 'hub' | 'edge'): { api: Api; admin: Api; home: string } {
  return cluster === 'hub'
    ? { api: hosting.identity.management, admin: hosting.admin.management, home: 'argocd' }
    : { api: hosting.identity.workload, admin: hosting.admin.workload, home: 'identity' };
}

interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Every rule that holds in a namespace, one line a verb, as the API server itself adds them up. */
async function rulesIn(api: Api, namespace: string): Promise<readonly string[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const review = await api.must('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', body);
  expect(review.status.incomplete).toBe(false);
  return (review.status.resourceRules as ResourceRule[]).flatMap(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [''] }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.map((name) => `${verb} ${qualified(group, resource)}${name === '' ? '' : `/${name}`}`),
          ),
        ),
      ),
  );
}

async function may(api: Api, { namespace, verb, group, resource, name }: Question): Promise<boolean> {
  const [main = '', subresource] = resource.split('/');
  const resourceAttributes = {
    ...(namespace === '-' ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    verb,
    group,
    resource: main,
  };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const review = await api.must('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body);
  return review.status.allowed === true;
}

/** All that an API server serves, by discovery, and the verbs that only authorization knows. */
async function resourcesOf(admin: Api): Promise<readonly Resource[]> {
  const groups = (await admin.must('GET', '/apis')).groups as readonly {
    name: string;
    versions: readonly { groupVersion: string }[];
  }[];
  const versions = [
    '/api/v1',
    ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`)),
  ];
  const found = new Map<string, Resource>();
  for (const version of versions) {
    const group = version === '/api/v1' ? '' : (version.split('/')[2] ?? '');
    const { resources } = (await admin.must('GET', version)) as {
      resources: readonly { name: string; namespaced: boolean; verbs: readonly string[] }[];
    };
    for (const { name, namespaced, verbs } of resources) {
      const hidden = HIDDEN_VERBS[qualified(group, name)] ?? [];
      found.set(qualified(group, name), { group, resource: name, namespaced, verbs: [...verbs, ...hidden, '*'] });
    }
  }
  for (const resource of ['users', 'groups'])
    found.set(resource, { group: '', resource, namespaced: false, verbs: ['impersonate'] });
  return [
    ...found.values(),
    { group: '*', resource: '*', namespaced: true, verbs: ['*', 'get', 'list', 'create', 'delete'] },
  ];
}

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  ALLOWED.filter((line) => line.includes('/')).map((line) => {
    const [cluster, , , target = ''] = line.split(' ');
    return [`${cluster} ${target.split('/')[0]}`, target.split('/')[1] ?? ''];
  }),
);

/** In the identity's own namespace, in another one and in none; of the object that a rule names, of another and of any. */
function questionsOf(
  cluster: 'hub' | 'edge',
  home: string,
  { group, resource, namespaced, verbs }: Resource,
): readonly Question[] {
  const places = namespaced ? [home, 'kube-system', '-'] : ['-'];
  const known = NAMES[`${cluster} ${qualified(group, resource)}`];
  const names = [undefined, 'somebody-elses', ...(known === undefined ? [] : [known])];
  return places.flatMap((namespace) =>
    verbs.flatMap((verb) =>
      names.map((name) => ({ cluster, namespace, verb, group, resource, ...(name === undefined ? {} : { name }) })),
    ),
  );
}

function qualified(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function inWords({ cluster, namespace, verb, group, resource, name }: Question): string {
  return `${cluster} ${namespace} ${verb} ${qualified(group, resource)}${name === undefined ? '' : `/${name}`}`;
}

/** A rule that names no object covers each name that is asked for. */
function withoutName(line: string): string {
  const unnamed = line.replace(/\/(?:somebody-elses|oidc-registrar-authentik)$/, '');
  return ALLOWED.includes(unnamed) || EVERYONE.has(unnamed.split(' ').slice(2).join(' ')) ? unnamed : line;
}

/** For people: what was allowed, and the resources of each verb that was denied. */
function listing(asked: number, allowed: readonly string[], denied: ReadonlyMap<string, ReadonlySet<string>>): string {
  const rows = [...denied].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `\n${asked} questions to two API servers: what may oidc-registrar do?`,
    ...allowed.toSorted().map((line) => `  allowed  ${line}`),
    ...rows.map(
      ([verb, resources]) => `  denied   ${verb}: ${resources.size} resources (${[...resources].toSorted().join(' ')})`,
    ),
    '',
  ].join('\n');
}
