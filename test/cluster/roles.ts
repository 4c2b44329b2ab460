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
  /** Application of a service that has an ExternalSecret of its own. */
  readonly service?: string | undefined;
}

const PLURALS: Readonly<Record<string, string>> = {
  ServiceAccount: '/api/v1/namespaces/{ns}/serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

/** `deploy/rbac.yaml` for one of the two clusters, with the names of an installation. */
export async function rolesOf(part: 'hub' | 'edge' | 'consumer', names: Names): Promise<readonly KubernetesObject[]> {
  const text = await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8');
  const { argocd, authentik } = names.installation;
  const namespace = part === 'hub' ? (argocd?.namespace ?? 'argocd') : authentik.namespace;
  return (
    parseAllDocuments(text)
      .map((document) => document.toJS() as KubernetesObject)
      .filter((object) => object.metadata.labels?.['oidc-registrar/cluster'] === part)
      // The sample's service has the names of the file.
      .map((object) => (part === 'consumer' ? object : renamed(object, namespace, names)))
  );
}

function renamed(object: KubernetesObject, namespace: string, names: Names): KubernetesObject {
  const { metadata, subjects, rules } = object;
  return {
    ...object,
    metadata: { ...metadata, ...(metadata.namespace === undefined ? {} : { namespace }) },
    ...(subjects === undefined
      ? {}
      : { subjects: (subjects as object[]).map((subject) => ({ ...subject, namespace })) }),
    ...(rules === undefined ? {} : { rules: (rules as Rule[]).map((rule) => withNames(rule, names)) }),
  };
}

function withNames(rule: Rule, { installation: { authentik }, project, store, secret, service }: Names): Rule {
  if (rule.resourceNames === undefined) return rule;
  if (rule.resources[0] === 'applications')
    return { ...rule, resourceNames: [authentik.application ?? '', ...(service === undefined ? [] : [service])] };
  const byResource: Readonly<Record<string, string>> = {
    appprojects: project,
    leases: `oidc-registrar-${authentik.application}`,
    secrets: secret,
    configmaps: authentik.blueprints.configMap,
    externalsecrets: authentik.externalSecret.name,
    deployments: authentik.deployment.name,
    clustersecretstores: store,
  };
  const name = byResource[rule.resources[0] ?? ''];
  if (name === undefined)
    throw new TypeError(`deploy/rbac.yaml names a ${rule.resources[0]} that this test does not know`);
  return { ...rule, resourceNames: [name] };
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
