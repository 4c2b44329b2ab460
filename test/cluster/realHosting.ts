import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ClusterHost, Hosting, HostingNeeds } from '../../sandbox/world/hosting.ts';
import { IN_CLUSTER } from '../../sandbox/world/controllers.ts';
import { RESOURCE_KINDS } from '../../sandbox/kubernetes/resourceKinds.ts';
import type { Api } from './api.ts';
import { startGitServer } from './flux/gitServer.ts';
import { startRealCluster, startRealClusters } from './realClusters.ts';
import { identityOf, rolesOf, type Names } from './roles.ts';
import type { Tools } from './tools.ts';

export interface RealHosting extends Hosting {
  /** An administrator of each cluster. */
  readonly admin: { readonly management: Api; readonly workload: Api };
  /** The job's identity, as `deploy/rbac.yaml` has it. */
  readonly identity: { readonly management: Api; readonly workload: Api };
  readonly names: Names;
}

/** Real clusters laid out as in the real case, for a world to sit on. The worker gets the identity of `deploy/rbac.yaml`. */
export async function startRealHosting(tools: Tools, needs: HostingNeeds): Promise<RealHosting> {
  return needs.layout.fluxFile === undefined ? besideArgoCd(tools, needs) : besideFlux(tools, needs);
}

/** Two clusters: Argo CD in one, External Secrets and Authentik in the other. */
async function besideArgoCd(tools: Tools, needs: HostingNeeds): Promise<RealHosting> {
  const clusters = await startRealClusters(tools, path.join(needs.dir, 'clusters'), {
    secretsBesideArgoCd: needs.layout.service !== undefined,
  });
  try {
    const admin = { management: clusters.management.api, workload: clusters.workload.api };
    const names = namesOf(needs);
    const { service } = needs.layout;
    await layOut(admin, needs);
    const charts = await chartRepository(needs.dir);
    const identity = {
      management: await identityOf(admin.management, [
        ...(await rolesOf('hub', names)),
        ...(service === undefined ? [] : await rolesOf('consumer', names)),
      ]),
      workload: await identityOf(admin.workload, await rolesOf('edge', names)),
    };
    const { argocd, authentik } = needs.layout.installation;
    return {
      management: hostOf(admin.management, identity.management, [
        argocd?.namespace ?? 'argocd',
        ...(service === undefined ? [] : [service.namespace, connectToken(needs).namespace]),
      ]),
      workload: hostOf(admin.workload, identity.workload, [authentik.namespace, connectToken(needs).namespace]),
      hasControllers: true,
      admin,
      identity,
      names,
      addressed: (manifest) => addressed(manifest, needs, { server: admin.workload.server, charts }),
      close: () => clusters.stop(),
    };
  } catch (error) {
    await clusters.stop();
    throw error;
  }
}

/** One cluster with Flux, External Secrets and Authentik in it. */
async function besideFlux(tools: Tools, needs: HostingNeeds): Promise<RealHosting> {
  const git = await startGitServer(needs.repository);
  const { authentik } = needs.layout.installation;
  try {
    const cluster = await startRealCluster(tools, path.join(needs.dir, 'cluster'), ['external-secrets', 'flux']);
    try {
      const { furtherNamespace } = needs.layout;
      const namespaces = [authentik.namespace, ...(furtherNamespace === undefined ? [] : [furtherNamespace])];
      for (const name of namespaces) await create(cluster.api, '/api/v1/namespaces', { metadata: { name } });
      await bringToken(cluster.api, needs);
      const names = namesOf(needs);
      const roles = [
        ...(await rolesOf('edge', names)),
        ...(await rolesOf('flux', names)),
        ...(furtherNamespace === undefined ? [] : await rolesOf('consumer', names)),
      ];
      const identity = await identityOf(cluster.api, roles);
      const host = hostOf(cluster.api, identity, [...namespaces, connectToken(needs).namespace, 'flux-system']);
      return {
        management: host,
        workload: host,
        hasControllers: true,
        admin: { management: cluster.api, workload: cluster.api },
        identity: { management: identity, workload: identity },
        names,
        repositoryUrl: git.url,
        addressed: (manifest) => addressed(manifest, needs, { git: git.url }),
        close: async () => {
          await cluster.stop();
          await git.close();
        },
      };
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  } catch (error) {
    await git.close();
    throw error;
  }
}

function namesOf({ layout }: HostingNeeds): Names {
  const { installation, files, storeFile, applicationFile, service, furtherNamespace } = layout;
  const secretFile = installation.authentik.externalSecret.file;
  const read = (file: string): KubernetesObject => parse(files[file] ?? '') as KubernetesObject;
  return {
    installation,
    project: applicationFile === undefined ? 'default' : (read(applicationFile)['spec'].project as string),
    // A Kustomization is called as the namespace that it is for.
    service: service === undefined ? furtherNamespace : read(service.applicationFile).metadata.name,
    store: read(storeFile).metadata.name,
    secret: (read(secretFile)['spec'].target?.name as string | undefined) ?? installation.authentik.externalSecret.name,
  };
}

/** Namespaces, the token of External Secrets, and Argo CD's way into the other cluster. */
async function layOut(admin: RealHosting['admin'], needs: HostingNeeds): Promise<void> {
  const { service, installation } = needs.layout;
  const { argocd, authentik } = installation;
  await create(admin.workload, '/api/v1/namespaces', { metadata: { name: authentik.namespace } });
  await bringToken(admin.workload, needs);
  if (service !== undefined) {
    await create(admin.management, '/api/v1/namespaces', { metadata: { name: service.namespace } });
    await bringToken(admin.management, needs);
  }
  await create(admin.management, `/api/v1/namespaces/${argocd?.namespace ?? 'argocd'}/secrets`, {
    metadata: { name: 'cluster-edge', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    stringData: {
      name: authentik.cluster,
      server: admin.workload.server,
      config: JSON.stringify({
        bearerToken: await managerToken(admin.workload),
        tlsClientConfig: { caData: admin.workload.ca },
      }),
    },
  });
}

/** The token of External Secrets at the Connect server. */
async function bringToken(api: Api, needs: HostingNeeds): Promise<void> {
  const { name, namespace, key } = connectToken(needs);
  await create(api, '/api/v1/namespaces', { metadata: { name: namespace } });
  await create(api, `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name },
    stringData: { [key]: needs.storeToken },
  });
}

/** The account that `argocd cluster add` makes. */
async function managerToken(api: Api): Promise<string> {
  await create(api, '/api/v1/namespaces/kube-system/serviceaccounts', { metadata: { name: 'argocd-manager' } });
  await create(api, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'argocd-manager' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'argocd-manager', namespace: 'kube-system' }],
  });
  return api.tokenOf('kube-system', 'argocd-manager');
}

async function create(api: Api, path: string, object: unknown): Promise<void> {
  await api.must('POST', path, object);
}

function connectToken({ layout }: HostingNeeds): { name: string; namespace: string; key: string } {
  const store = parse(layout.files[layout.storeFile] ?? '') as KubernetesObject;
  return store['spec'].provider.onepassword.auth.secretRef.connectTokenSecretRef as ReturnType<typeof connectToken>;
}

/** The chart in place of one of a Helm repository: in a Git repository of its own, at its branch. */
async function chartRepository(dir: string): Promise<string> {
  const folder = path.join(dir, 'charts');
  await cp(fileURLToPath(new URL('charts/', import.meta.url)), folder, { recursive: true });
  const identity = ['-c', 'user.name=charts', '-c', 'user.email=charts@orchard.example'];
  for (const args of [
    ['init', '-qb', 'main'],
    ['add', '.'],
    [...identity, 'commit', '-qm', 'Charts'],
  ])
    await execa('git', args, { cwd: folder });
  return folder;
}

/** Repository, destination, charts and Connect are on loopback here. */
function addressed(
  manifest: KubernetesObject,
  { repository, connectUrl }: HostingNeeds,
  { server, charts, git }: { readonly server?: string; readonly charts?: string; readonly git?: string },
): KubernetesObject {
  const copy = structuredClone(manifest);
  if (copy.kind === 'ClusterSecretStore') copy['spec'].provider.onepassword.connectHost = connectUrl;
  if (copy.kind === 'Application') {
    for (const source of (copy['spec'].sources ?? [copy['spec'].source]) as Record<string, string | undefined>[]) {
      const { chart } = source;
      source['repoURL'] = `file://${chart === undefined ? repository : charts}`;
      if (chart === undefined) continue;
      delete source['chart'];
      Object.assign(source, { path: chart, targetRevision: 'main' });
    }
    // But for the cluster that Argo CD runs in, which it knows by this address everywhere.
    const { destination } = copy['spec'];
    if (destination.name === undefined && destination.server !== IN_CLUSTER) destination.server = server;
  }
  if (copy.kind === 'GitRepository') {
    copy['spec'].url = git;
    // Nobody is asked who reads it.
    delete copy['spec'].secretRef;
  }
  return copy;
}

function hostOf(admin: Api, worker: Api, namespaces: readonly string[]): ClusterHost {
  return {
    kubeconfig: admin.kubeconfig,
    workerKubeconfig: worker.kubeconfig,
    objects: async () => {
      const lists = RESOURCE_KINDS.flatMap((kind) => {
        const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
        const scopes = kind.namespaced ? namespaces.map((namespace) => `/namespaces/${namespace}`) : [''];
        const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
        return scopes.map(async (scope) => {
          const { status, body } = await admin.send('GET', `${root}${scope}/${kind.plural}`);
          // Argo CD's kinds are in one cluster, those of External Secrets in the other.
          if (status === 404) return [];
          return (body.items as KubernetesObject[]).map((item) => ({ ...item, apiVersion, kind: kind.kind }));
        });
      });
      const found: readonly KubernetesObject[] = (await Promise.all(lists)).flat();
      // Helm's own book of revisions: it grows by an upgrade that is taken back, too.
      return found.filter((object) => object['type'] !== 'helm.sh/release.v1');
    },
  };
}
