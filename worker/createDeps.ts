import { createHash, randomInt } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { currentAttempt as attempt } from '../activities/kit/attempt.ts';
import type { Deps } from '../activities/deps.ts';
import { REQUEST_MS } from '../core/base/attemptOver.ts';
import { destinationsOf, digestOf } from '../core/installation/destinations.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { fluxPlace } from '../core/installation/fluxPlace.ts';
import type { Installation } from '../core/installation/installation.ts';
import { Secret } from '../core/base/secret.ts';
import { turnPlace } from '../core/installation/turnPlace.ts';
import { createAnsibleParser } from '../integrations/ansible/ansiblePlaybook.ts';
import { createArgoCd } from '../integrations/argocd/applications.ts';
import { createAuthentik } from '../integrations/authentik/goauthentik.ts';
import { createConsumers } from '../integrations/consumers/localConsumers.ts';
import { createExternalSecrets } from '../integrations/externalSecrets/externalSecretObjects.ts';
import { createFlux } from '../integrations/flux/fluxObjects.ts';
import { createGitRepository } from '../integrations/git/gitRepository.ts';
import { createCluster, serverOf, type ClusterOptions } from '../integrations/kubernetes/clientNode.ts';
import type { Cluster } from '../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../integrations/kubernetes/deploymentRollout.ts';
import { createLeases } from '../integrations/kubernetes/leaseTurn.ts';
import { createWebhook } from '../integrations/notify/webhook.ts';
import { createRotationSchedules } from '../integrations/temporal/temporalSchedules.ts';
import { PROGRAM_TIMEOUT_MS, type WorkerConfig } from './config.ts';
import { openForge } from './openForge.ts';
import { openVault, type VaultClients } from './openVault.ts';
import { createRunDirectory } from './runDirectory.ts';
import { own } from '../core/base/own.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 285 bits: far beyond guessing, and within Authentik's 255 characters. */
const SECRET_LENGTH = 48;

/** Letters and digits only: no quoting, no percent-encoding, no shell can hurt it. */
function generateSecret(): Secret {
  return new Secret(Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''));
}

/** Connects everything that the activities need. Throws `BadInput` on a kubeconfig that cannot be used. */
export async function createDeps(config: WorkerConfig, client: Client, given: VaultClients = {}): Promise<Deps> {
  const { installation } = config;
  const clusters = await openClusters(config);
  const turns = turnPlace(installation);
  const flux = fluxPlace(installation);
  const cluster = named(clusters, installation.authentik.cluster);
  return {
    installation,
    digest: digestOf(await resolvedDestinations(installation), shortHash),
    formerDigest: config.formerDigest,
    vault: await openVault(config, REQUEST_MS, given),
    git: createGitRepository({
      remote: installation.gitops.remote,
      cacheDir: config.cacheDir,
      author: installation.gitops.author,
      timeoutMs: PROGRAM_TIMEOUT_MS,
      attempt,
      ...(config.gitToken === undefined ? {} : { token: config.gitToken }),
    }),
    ...(installation.argocd === undefined
      ? {}
      : { argocd: createArgoCd(named(clusters, installation.argocd.cluster), installation.argocd.namespace) }),
    ...(flux === undefined ? {} : { flux: createFlux(named(clusters, flux.cluster)) }),
    leases: createLeases(named(clusters, turns.cluster), turns.namespace),
    cluster,
    externalSecrets: createExternalSecrets(cluster),
    deployments: createDeployments(cluster),
    consumerCluster: consumerClusters(installation, clusters),
    authentik: await createAuthentik({
      url: installation.authentik.url,
      token: config.authentikToken,
      timeoutMs: REQUEST_MS,
      attempt,
    }),
    ansible: createAnsibleParser(PROGRAM_TIMEOUT_MS),
    consumers: createConsumers({ timeoutMs: REQUEST_MS, reach: installation.policy.probes }, attempt),
    runs: createRunDirectory(client, config.ids),
    schedules: createRotationSchedules(client, config.ids, attempt),
    ...(await openForge(installation.gitops, config.forgeToken, REQUEST_MS, attempt)),
    ...(config.notify === undefined ? {} : { notifier: createWebhook({ ...config.notify, timeoutMs: REQUEST_MS }) }),
    generateSecret,
  };
}

async function openClusters({ installation }: WorkerConfig): Promise<ReadonlyMap<string, Cluster>> {
  const wanted = new Set([turnPlace(installation).cluster, installation.authentik.cluster]);
  const flux = fluxPlace(installation);
  if (flux !== undefined) wanted.add(flux.cluster);
  const opened = new Map<string, Cluster>();
  for (const name of wanted) opened.set(name, await openCluster(name, own(installation.clusters, name)));
  return opened;
}

async function openCluster(name: string, settings: Installation['clusters'][string] | undefined): Promise<Cluster> {
  return createCluster(clusterOptions(name, settings));
}

function clusterOptions(name: string, settings: Installation['clusters'][string] | undefined): ClusterOptions {
  return {
    name,
    timeoutMs: REQUEST_MS,
    attempt,
    ...(settings?.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
    ...(settings?.context === undefined ? {} : { context: settings.context }),
  };
}

/** Where this worker would work. A cluster of consumers whose kubeconfig cannot be used stops no other client. */
async function resolvedDestinations(installation: Installation): Promise<ReadonlyMap<string, string>> {
  const servers = new Map<string, string>();
  for (const [name, settings] of Object.entries(installation.clusters)) {
    const server = await serverOf(clusterOptions(name, settings)).catch(() => undefined);
    if (server !== undefined) servers.set(name, server);
  }
  return destinationsOf({ installation, server: (name) => servers.get(name) });
}

/** Enough to tell two addresses apart; it stands in every input of an activity. */
function shortHash(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}

/** Clusters of consumers are opened when a registration first names them: one that cannot be reached stops no other client. */
function consumerClusters({ clusters }: Installation, opened: ReadonlyMap<string, Cluster>): Deps['consumerCluster'] {
  const all = new Map<string, Promise<Cluster>>([...opened].map(([name, cluster]) => [name, Promise.resolve(cluster)]));
  return async (name) => {
    const settings = own(clusters, name);
    if (settings === undefined && !opened.has(name)) throw unnamed(name);
    const opening = all.get(name) ?? openCluster(name, settings);
    all.set(name, opening);
    opening.catch(() => all.delete(name));
    const cluster = await opening;
    return {
      cluster,
      externalSecrets: createExternalSecrets(cluster),
      deployments: createDeployments(cluster),
      flux: createFlux(cluster),
    };
  };
}

function named(clusters: ReadonlyMap<string, Cluster>, name: string): Cluster {
  const cluster = clusters.get(name);
  if (cluster !== undefined) return cluster;
  throw unnamed(name);
}

function unnamed(name: string): RegistrarError {
  return new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: `clusters does not name "${name}"`,
    remedy: 'Add it under clusters in registrar.yaml.',
  });
}
