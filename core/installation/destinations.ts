import { apiAddress, forgeAddress } from './forgeAddress.ts';
import type { Installation } from './installation.ts';

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

interface Destination {
  /** As people find it in registrar.yaml. */
  readonly name: string;
  /** Undefined where the installation has no such place. */
  readonly value: (resolved: Resolved) => string | undefined;
  /**
   * What releases took for granted that did not know this setting. While it is so it is not told, so that the runs which such
   * a release began go on.
   */
  readonly impliedBefore?: string;
}

const at = (name: string, value: (installation: Installation) => string | undefined): Destination => ({
  name,
  value: ({ installation }) => value(installation),
});

const DESTINATIONS: readonly Destination[] = [
  at('gitops.remote', ({ gitops }) => gitops.remote),
  at('gitops.branch', ({ gitops }) => gitops.branch),
  at('gitops.land', ({ gitops }) => gitops.land),
  { ...at('gitops.landBy', ({ gitops }) => gitops.landBy), impliedBefore: 'push' },
  at('gitops.pullRequest', forgeOf),
  at('gitops.registrations', ({ gitops }) => gitops.registrations),
  {
    name: 'argocd.cluster',
    value: ({ installation: { argocd }, server }) => argocd && server(argocd.cluster),
  },
  at('argocd.namespace', ({ argocd }) => argocd?.namespace),
  { ...at('vault.kind', ({ vault }) => vault.kind), impliedBefore: 'connect' },
  at('vault.connectHost', ({ vault }) => vault.connectHost),
  at('vault.vaultId', ({ vault }) => vault.vaultId),
  at('vault.itemId', ({ vault }) => vault.itemId),
  at('vault.itemTitle', ({ vault }) => vault.itemTitle),
  at('authentik.url', ({ authentik }) => authentik.url),
  {
    name: 'authentik.cluster',
    value: ({ installation: { authentik }, server }) => server(authentik.cluster),
  },
  at('authentik.namespace', ({ authentik }) => authentik.namespace),
  { ...at('authentik.deployBy', ({ authentik }) => authentik.deployBy), impliedBefore: 'argocd' },
  at('authentik.application', ({ authentik }) => authentik.application),
  at('authentik.blueprints.file', ({ authentik }) => authentik.blueprints.file),
  at('authentik.blueprints.configMap', ({ authentik }) => authentik.blueprints.configMap),
  at('authentik.blueprints.generatedFrom', ({ authentik }) => authentik.blueprints.generatedFrom),
  at('authentik.blueprints.mountedAs', ({ authentik }) => authentik.blueprints.mountedAs),
  at('authentik.externalSecret.file', ({ authentik }) => authentik.externalSecret.file),
  at('authentik.externalSecret.name', ({ authentik }) => authentik.externalSecret.name),
  at('authentik.deployment.file', ({ authentik }) => authentik.deployment.file),
  at('authentik.deployment.name', ({ authentik }) => authentik.deployment.name),
  at('authentik.deployment.container', ({ authentik }) => authentik.deployment.container),
  at('authentik.deployment.valuesPath', ({ authentik }) => authentik.deployment.valuesPath),
  { ...at('authentik.delivery', ({ authentik }) => authentik.delivery), impliedBefore: 'env' },
  at('authentik.secretFolder', ({ authentik }) => authentik.secretFolder),
];

/** Clusters in which consumers may be: one more is no other place for the runs that began without it. */
const CLUSTER = 'clusters.';

function forgeOf({ gitops }: Installation): string | undefined {
  const address = gitops.landBy === 'pullRequest' ? forgeAddress(gitops.remote, gitops.pullRequest) : undefined;
  if (address === undefined) return undefined;
  return [address.kind, address.url, gitops.pullRequest?.api ?? apiAddress(address), address.repository].join(' ');
}

/** The places by name, without those that go without saying. */
export function destinationsOf(resolved: Resolved): ReadonlyMap<string, string> {
  const named = DESTINATIONS.map(({ name, value, impliedBefore }) => {
    const found = value(resolved);
    return [name, found === impliedBefore ? undefined : found] as const;
  });
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
