import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../sandbox/world/world.ts';
import type { Api } from './api.ts';
import { FLUX_WORLDS, isReal, REAL } from './backends.ts';
import { fluxLayout } from './flux/layout.ts';
import type { RealHosting } from './realHosting.ts';
import { may } from './roles.ts';
import { startWorld } from './startWorld.ts';

/** All that the job may do beside Argo CD, one line a verb: `cluster namespace verb resource.group[/name]`. */
const BESIDE_ARGO_CD = [
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

/** The same beside Flux, in the one cluster of the sample. */
const BESIDE_FLUX = [
  'edge flux-system get kustomizations.kustomize.toolkit.fluxcd.io/identity',
  'edge flux-system patch kustomizations.kustomize.toolkit.fluxcd.io/identity',
  'edge flux-system get gitrepositories.source.toolkit.fluxcd.io/flux-system',
  'edge flux-system patch gitrepositories.source.toolkit.fluxcd.io/flux-system',
  'edge flux-system get configmaps/cluster-settings',
  'edge identity get helmreleases.helm.toolkit.fluxcd.io/authentik',
  'edge identity patch helmreleases.helm.toolkit.fluxcd.io/authentik',
  ...BESIDE_ARGO_CD.filter((line) => line.startsWith('edge ')).map((line) =>
    line.replace('vault-orchard', 'onepassword'),
  ),
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

const WORLDS = [
  { deployer: 'Argo CD', options: REAL?.options, layout: undefined, allowed: BESIDE_ARGO_CD },
  ...FLUX_WORLDS.filter((world) => world === REAL).map(({ options }) => ({
    deployer: 'Flux',
    options,
    layout: fluxLayout(),
    allowed: BESIDE_FLUX,
  })),
];

describe.skipIf(REAL === undefined).each(WORLDS)('the identity of deploy/rbac.yaml beside $deployer', (one) => {
  const { options, allowed } = one;
  const clusters = one.deployer === 'Flux' ? (['edge'] as const) : (['hub', 'edge'] as const);
  let world: World;
  let hosting: RealHosting;
  beforeAll(async () => {
    world = await startWorld(options, await one.layout);
    if (!isReal(world.hosting)) throw new TypeError('not on real clusters');
    hosting = world.hosting;
  });
  afterAll(async () => world?.destroy());

  it.each(clusters)('is granted in %s exactly what the list says', async (cluster) => {
    const { api } = sideOf(hosting, cluster);
    const ours = allowed.filter((line) => line.startsWith(`${cluster} `)).map((line) => line.split(' ').slice(1));
    const everywhere = ours.filter(([namespace]) => namespace === '-').map(([, ...rest]) => rest.join(' '));
    for (const namespace of new Set(['kube-system', ...ours.flatMap(([each = '-']) => (each === '-' ? [] : [each]))])) {
      const granted = await rulesIn(api, namespace);
      const here = ours.filter(([each]) => each === namespace).map(([, ...rest]) => rest.join(' '));
      expect([namespace, ...granted.filter((line) => !EVERYONE.has(line)).toSorted()]).toEqual([
        namespace,
        ...[...here, ...everywhere].toSorted(),
      ]);
    }
  });

  it('is denied every other verb on every resource that the API servers serve', async () => {
    const found: string[] = [];
    const denied = new Map<string, Set<string>>();
    let asked = 0;
    for (const cluster of clusters) {
      const { api, admin } = sideOf(hosting, cluster);
      const questions = (await resourcesOf(admin)).flatMap((resource) => questionsOf(allowed, cluster, resource));
      asked += questions.length;
      for (let i = 0; i < questions.length; i += 20) {
        await Promise.all(
          questions.slice(i, i + 20).map(async (question) => {
            const { verb, group, resource } = question;
            if (await may(api, attributesOf(question))) found.push(inWords(question));
            else denied.set(verb, (denied.get(verb) ?? new Set()).add(qualified(group, resource)));
          }),
        );
      }
    }

    const beyond = found
      .map((line) => withoutName(allowed, line))
      .filter((line) => !EVERYONE.has(line.split(' ').slice(2).join(' ')));
    const all = [...new Set(beyond)].toSorted();
    process.stdout.write(listing(asked, all, denied));
    expect(all).toEqual(allowed.toSorted());
  });

  it.runIf(one.deployer === 'Argo CD')('is refused with 403 when it tries all the same', async () => {
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

function sideOf({ identity, admin }: RealHosting, cluster: 'hub' | 'edge'): { api: Api; admin: Api } {
  const side = cluster === 'hub' ? 'management' : 'workload';
  return { api: identity[side], admin: admin[side] };
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

function attributesOf({ namespace, verb, group, resource, name }: Question): Readonly<Record<string, string>> {
  const [main = '', subresource] = resource.split('/');
  return {
    ...(namespace === '-' ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    verb,
    group,
    resource: main,
  };
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

/** In each namespace of the list, in another one and in none; of the objects that rules name, of another and of any. */
function questionsOf(
  allowed: readonly string[],
  cluster: 'hub' | 'edge',
  { group, resource, namespaced, verbs }: Resource,
): readonly Question[] {
  const rules = allowed.map((line) => line.split(' ')).filter(([where]) => where === cluster);
  const homes = rules.flatMap(([, namespace = '-']) => (namespace === '-' ? [] : [namespace]));
  const places = namespaced ? [...new Set([...homes, 'kube-system', '-'])] : ['-'];
  const known = rules.flatMap(([, , , target = '']) => {
    const [of, name] = target.split('/');
    return of === qualified(group, resource) && name !== undefined ? [name] : [];
  });
  const names = [undefined, 'somebody-elses', ...new Set(known)];
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
function withoutName(allowed: readonly string[], line: string): string {
  const unnamed = line.replace(/\/(?:somebody-elses|oidc-registrar-authentik)$/, '');
  return allowed.includes(unnamed) || EVERYONE.has(unnamed.split(' ').slice(2).join(' ')) ? unnamed : line;
}

/** For people: what was allowed, and the resources of each verb that was denied. */
function listing(asked: number, allowed: readonly string[], denied: ReadonlyMap<string, ReadonlySet<string>>): string {
  const rows = [...denied].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `\n${asked} questions to the API servers: what may oidc-registrar do?`,
    ...allowed.toSorted().map((line) => `  allowed  ${line}`),
    ...rows.map(
      ([verb, resources]) => `  denied   ${verb}: ${resources.size} resources (${[...resources].toSorted().join(' ')})`,
    ),
    '',
  ].join('\n');
}
