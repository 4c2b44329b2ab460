import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Secret } from '../../core/base/secret.ts';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import { createFlux } from '../../integrations/flux/fluxObjects.ts';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import { createGitea } from '../../integrations/forge/gitea.ts';
import { createGitHub } from '../../integrations/forge/github.ts';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import { createLeases } from '../../integrations/kubernetes/leaseTurn.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { testVault } from '../fixtures/vault.ts';

export interface Adapter {
  /** Whose methods must all be listed. */
  readonly object: object;
  /** Every method of it: how it is asked. */
  readonly methods: Readonly<Record<string, () => Promise<unknown>>>;
}

/** What stands in the kubeconfig. */
export const KUBE_TOKEN = 'kubeconfig-token-7e3a5c9b1d0f2846';
/** What the forges are sent as their token, and the vault as a value. */
export const TOKEN = 'adapter-token-4f1d9b7a60c2e358';
const secret = new Secret(TOKEN);
export const ref = { namespace: 'identity', name: 'authentik' };
export const object: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref } };
export const objectRef = { apiVersion: 'v1', kind: 'ConfigMap', ...ref };
const holder = { workflowId: 'w', runId: 'r', client: 'zot', changeId: 'c', branch: 'b' };

export async function clusterAt(server: string): Promise<Cluster> {
  const kubeconfig = path.join(await temporaryFolder(), 'kubeconfig');
  const text = {
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: KUBE_TOKEN } }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'here',
  };
  await writeFile(kubeconfig, JSON.stringify(text));
  return createCluster({ name: 'edge', kubeconfig, timeoutMs: 30_000 });
}

export function forgeAt(create: typeof createGitHub, url: string): Adapter {
  const forge = create({ api: url, repository: 'a/b', target: 'main', token: secret, timeoutMs: 30_000 });
  return {
    object: forge,
    methods: {
      find: () => forge.find('branch'),
      open: () => forge.open({ branch: 'branch', title: 't', body: 'b' }),
      close: () => forge.close(1, 'comment'),
    },
  };
}

export const ADAPTERS: Readonly<Record<string, (url: string) => Promise<Adapter>>> = {
  Connect: async (url) => {
    const { as } = await testVault();
    const vault = as({ host: url });
    return {
      object: Object.getPrototypeOf(vault) as object,
      methods: {
        read: () => vault.read(),
        addField: () => vault.addField('a', secret),
        change: () => vault.change({ remove: ['a'] }),
        removeField: () => vault.removeField('a'),
      },
    };
  },
  Cluster: async (url) => {
    const cluster = await clusterAt(url);
    return {
      object: Object.getPrototypeOf(cluster) as object,
      methods: {
        allows: () => cluster.allows({ verb: 'get', group: '', resource: 'pods' }),
        get: () => cluster.get(objectRef),
        list: () => cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'identity' }),
        create: () => cluster.create(object),
        replace: () => cluster.replace(object),
        mergePatch: () => cluster.mergePatch(objectRef, {}),
        jsonPatch: () => cluster.jsonPatch(objectRef, []),
        delete: () => cluster.delete(objectRef),
      },
    };
  },
  ArgoCd: async (url) => {
    const argocd = createArgoCd(await clusterAt(url), 'argocd');
    return {
      object: argocd,
      methods: {
        application: () => argocd.application('authentik'),
        refresh: () => argocd.refresh('authentik'),
        sync: () => argocd.sync({ application: 'authentik', revision: 'a', prune: false, id: 'x' }),
        shutWindow: () => argocd.shutWindow('authentik'),
      },
    };
  },
  Flux: async (url) => {
    const flux = createFlux(await clusterAt(url));
    return {
      object: flux,
      methods: {
        gitRepository: () => flux.gitRepository(ref),
        kustomization: () => flux.kustomization(ref),
        helmRelease: () => flux.helmRelease(ref),
        configMap: () => flux.configMap(ref),
        reconcile: () => flux.reconcile('Kustomization', ref, 'now'),
      },
    };
  },
  ExternalSecrets: async (url) => {
    const secrets = createExternalSecrets(await clusterAt(url));
    return {
      object: secrets,
      methods: {
        read: () => secrets.read(ref),
        glance: () => secrets.glance(ref),
        forceSync: () => secrets.forceSync(ref, 'now'),
        secretValue: () => secrets.secretValue('identity', 'authentik', 'key'),
        secretWrittenAt: () => secrets.secretWrittenAt('identity', 'authentik', 'key'),
      },
    };
  },
  Deployments: async (url) => {
    const deployments = createDeployments(await clusterAt(url));
    return {
      object: deployments,
      methods: {
        rollout: () => deployments.rollout(ref),
        glance: () => deployments.glance(ref),
        restart: () => deployments.restart(ref, 'now'),
      },
    };
  },
  Leases: async (url) => {
    const leases = createLeases(await clusterAt(url), 'argocd');
    return {
      object: leases,
      methods: {
        read: () => leases.read('authentik'),
        take: () => leases.take('authentik', holder),
        release: () => leases.release('authentik', holder),
      },
    };
  },
  GitHub: async (url) => forgeAt(createGitHub, url),
  Gitea: async (url) => forgeAt(createGitea, url),
};
