import { apiAddress, forgeAddress } from './forgeAddress.ts';
import type { Installation } from './installation.ts';
import { fluxPlace } from './fluxPlace.ts';
import { vaultOf } from '../vault/vaults.ts';
import type { Destination } from '../vault/vaultWords.ts';

/**
 * Where a run reads and writes. A run and a worker that continues it must mean the same places; how long they wait, whom they
 * tell and what they allow may change under a run.
 */

/** The installation as a worker finds it: with the addresses that kubeconfigs and the environment give. */
export interface Resolved {
  readonly installation: Installation;
  /** Address of a named cluster's API server; undefined where the worker has no usable kubeconfig for it. */
  readonly server: (cluster: string) => string | undefined;
}

function places({ installation, server }: Resolved): readonly Destination[] {
  const { gitops, argocd, authentik } = installation;
  const { blueprints, externalSecret, deployment } = authentik;
  const flux = fluxPlace(installation);
  return [
    { name: 'gitops.remote', value: gitops.remote },
    { name: 'gitops.branch', value: gitops.branch },
    { name: 'gitops.land', value: gitops.land },
    { name: 'gitops.landBy', value: gitops.landBy, impliedBefore: 'push' },
    { name: 'gitops.pullRequest', value: forgeOf(installation) },
    { name: 'gitops.registrations', value: gitops.registrations },
    { name: 'argocd.cluster', value: argocd && server(argocd.cluster) },
    { name: 'argocd.namespace', value: argocd?.namespace },
    { name: 'flux.cluster', value: flux && server(flux.cluster) },
    { name: 'flux.namespace', value: flux?.namespace },
    ...vaultOf(installation, {}).destinations,
    { name: 'authentik.url', value: authentik.url },
    { name: 'authentik.cluster', value: server(authentik.cluster) },
    { name: 'authentik.namespace', value: authentik.namespace },
    { name: 'authentik.deployBy', value: authentik.deployBy, impliedBefore: 'argocd' },
    { name: 'authentik.application', value: authentik.application },
    { name: 'authentik.kustomization', value: authentik.kustomization },
    { name: 'authentik.helmRelease', value: authentik.helmRelease },
    { name: 'authentik.blueprints.file', value: blueprints.file },
    { name: 'authentik.blueprints.configMap', value: blueprints.configMap },
    { name: 'authentik.blueprints.generatedFrom', value: blueprints.generatedFrom },
    { name: 'authentik.blueprints.mountedAs', value: blueprints.mountedAs },
    { name: 'authentik.externalSecret.file', value: externalSecret.file },
    { name: 'authentik.externalSecret.name', value: externalSecret.name },
    { name: 'authentik.deployment.file', value: deployment.file },
    { name: 'authentik.deployment.name', value: deployment.name },
    { name: 'authentik.deployment.container', value: deployment.container },
    { name: 'authentik.deployment.valuesPath', value: deployment.valuesPath },
    { name: 'authentik.delivery', value: authentik.delivery, impliedBefore: 'env' },
    { name: 'authentik.secretFolder', value: authentik.secretFolder },
  ];
}

/** Clusters in which consumers may be: one more is no other place for the runs that began without it. */
const CLUSTER = 'clusters.';

function forgeOf({ gitops }: Installation): string | undefined {
  const address = gitops.landBy === 'pullRequest' ? forgeAddress(gitops.remote, gitops.pullRequest) : undefined;
  if (address === undefined) return undefined;
  return [address.kind, address.url, gitops.pullRequest?.api ?? apiAddress(address), address.repository].join(' ');
}

/** The places by name, without those that go without saying. */
export function destinationsOf(resolved: Resolved): ReadonlyMap<string, string> {
  const named = places(resolved).map(
    ({ name, value, impliedBefore }) => [name, value === impliedBefore ? undefined : value] as const,
  );
  const clusters = Object.keys(resolved.installation.clusters)
    .toSorted()
    .map((name) => [`${CLUSTER}${name}`, resolved.server(name)] as const);
  return new Map([...named, ...clusters].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const VERSION = 'v2:';

/** One digest of all places, each by itself, so that two can be told apart by name. `hash` must give neither ":" nor blanks nor "=". */
export function digestOf(destinations: ReadonlyMap<string, string>, hash: (value: string) => string): string {
  return VERSION + [...destinations].map(([name, value]) => `${name}=${hash(value)}`).join(' ');
}

/** What a worker compares a run's digest with. */
export interface Digests {
  readonly digest: string;
  /** Of the whole file, as releases made it before a digest had a version. */
  readonly formerDigest: string;
}

/** Whether a digest is one of places. Before it had a version it was one of the whole file, and a time limit made it another. */
export function tellsPlaces(run: string): boolean {
  return run.includes(':');
}

/** The places, by name, at which a worker would work elsewhere than the run began; none where it may go on with it. */
export function otherDestinations(run: string, worker: Digests): readonly string[] {
  if (!tellsPlaces(run)) return run === worker.formerDigest ? [] : ['the file as a whole'];
  if (!run.startsWith(VERSION)) return ['the release of oidc-registrar'];
  const [began, now] = [entriesOf(run), entriesOf(worker.digest)];
  const changed = [...began].filter(([name, hash]) => now.get(name) !== hash);
  const added = [...now].filter(([name]) => !began.has(name) && !name.startsWith(CLUSTER));
  return [...changed, ...added].map(([name]) => name);
}

function entriesOf(digest: string): ReadonlyMap<string, string> {
  const entries = digest.slice(VERSION.length).split(' ');
  return new Map(
    entries.map((entry) => [entry.slice(0, entry.lastIndexOf('=')), entry.slice(entry.lastIndexOf('=') + 1)]),
  );
}
