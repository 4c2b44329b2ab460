import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Api } from './api.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Which names of `registrar.example.yaml` stand for which of this installation. */
export interface Names {
  readonly installation: InstallationInput;
  readonly project: string;
  readonly store: string;
  readonly secret: string;
  /** Application or Kustomization of a service that has an ExternalSecret of its own. */
  readonly service?: string | undefined;
}

/** ConfigMap that Flux substitutes from; the sample repository has it by the same name. */
const SETTINGS = 'cluster-settings';

const PLURALS: Readonly<Record<string, string>> = {
  ServiceAccount: '/api/v1/namespaces/{ns}/serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

/** `deploy/rbac.yaml` for one of its parts, with the names of an installation. */
export async function rolesOf(
  part: 'hub' | 'edge' | 'flux' | 'consumer',
  names: Names,
): Promise<readonly KubernetesObject[]> {
  const text = await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject)
    .filter((object) => object.metadata.labels?.['oidc-registrar/cluster'] === part)
    .map((object) => (part === 'consumer' ? ofService(object, names) : renamed(object, names)));
}

/** The sample's service has the names of the file; its identity is that of its cluster, and its store that of the sample. */
function ofService(object: KubernetesObject, { installation, store }: Names): KubernetesObject {
  if (installation.argocd !== undefined) return object;
  const { subjects, rules } = object as { subjects?: readonly object[]; rules?: readonly Rule[] };
  const stores = (rule: Rule): Rule =>
    rule.resources[0] === 'clustersecretstores' ? { ...rule, resourceNames: [store] } : rule;
  return {
    ...object,
    ...(subjects && { subjects: subjects.map((each) => ({ ...each, namespace: installation.authentik.namespace })) }),
    ...(rules && { rules: rules.map(stores) }),
  };
}

function renamed(object: KubernetesObject, names: Names): KubernetesObject {
  const { metadata, subjects, rules } = object;
  const { namespace } = metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace: namespaceOf(namespace, names) }) },
    ...(subjects === undefined
      ? {}
      : {
          subjects: (subjects as { namespace: string }[]).map((subject) => ({
            ...subject,
            namespace: namespaceOf(subject.namespace, names),
          })),
        }),
    ...(rules === undefined ? {} : { rules: (rules as Rule[]).map((rule) => withNames(rule, names)) }),
  };
}

/** What the file calls so. */
function namespaceOf(sample: string, { installation: { argocd, authentik, flux } }: Names): string {
  const bySample: Readonly<Record<string, string>> = {
    argocd: argocd?.namespace ?? 'argocd',
    identity: authentik.namespace,
    'flux-system': flux?.namespace ?? 'flux-system',
  };
  return bySample[sample] ?? sample;
}

function withNames(rule: Rule, names: Names): Rule {
  if (rule.resourceNames === undefined) return rule;
  const { installation, project, store, secret, service } = names;
  const { authentik } = installation;
  const deployer = { applications: authentik.application, kustomizations: authentik.kustomization };
  if (rule.resources[0] !== undefined && rule.resources[0] in deployer) {
    const own = deployer[rule.resources[0] as keyof typeof deployer] ?? 'none';
    return { ...rule, resourceNames: [own, ...(service === undefined ? [] : [service])] };
  }
  const [sample] = rule.resourceNames;
  const byResource: Readonly<Record<string, string | undefined>> = {
    appprojects: project,
    leases: `oidc-registrar-${authentik.application}`,
    secrets: secret,
    configmaps: sample === SETTINGS ? sample : authentik.blueprints.configMap,
    externalsecrets: authentik.externalSecret.name,
    deployments: authentik.deployment.name,
    clustersecretstores: store,
    gitrepositories: sample,
    helmreleases: authentik.helmRelease,
  };
  const [resource = ''] = rule.resources;
  if (!(resource in byResource))
    throw new TypeError(`deploy/rbac.yaml names a ${resource} that this test does not know`);
  const name = byResource[resource];
  // What the installation has not, nobody may touch.
  return { ...rule, resourceNames: [name?.split('/').at(-1) ?? 'none'] };
}

export async function applyRoles(api: Api, roles: readonly KubernetesObject[]): Promise<void> {
  for (const object of roles) {
    const path = (PLURALS[object.kind] ?? '').replace('{ns}', object.metadata.namespace ?? '');
    const answer = await api.apply(`${path}/${object.metadata.name}`, object);
    if (answer.status >= 300) throw new Error(`${object.kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** Applies them, and gives a client with the identity that they describe. */
export async function identityOf(api: Api, roles: readonly KubernetesObject[]): Promise<Api> {
  await applyRoles(api, roles);
  const account = roles.find((object) => object.kind === 'ServiceAccount');
  return api.as(await api.tokenOf(account?.metadata.namespace ?? '', account?.metadata.name ?? ''));
}

/** Whether an identity may do this, as the API server says itself. */
export async function may(api: Api, resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const review = await api.must('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body);
  return review.status.allowed === true;
}
