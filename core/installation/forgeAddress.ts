import { own } from '../base/own.ts';

/**
 * The forges whose page for a new pull request is known. Gitea and Forgejo are one kind: same pages, same API.
 */
export const FORGE_KINDS = ['github', 'gitea', 'forgejo', 'gitlab', 'bitbucket'] as const;
type ForgeKind = (typeof FORGE_KINDS)[number];

/** Where a repository is on a forge. */
export interface ForgeAddress {
  readonly kind: ForgeKind;
  /** Web address of the forge itself, without a slash at its end: a forge may live below a path of its host. */
  readonly url: string;
  /** `owner/name`; on GitLab any depth of groups before the name. */
  readonly repository: string;
}

/** `gitops.pullRequest` of registrar.yaml. */
export interface ForgeSettings {
  readonly forge?: ForgeKind | undefined;
  readonly url?: string | undefined;
  readonly repository?: string | undefined;
}

/** Hosts of forges that everybody knows, and the hosts at which some of them take ssh by the port of HTTPS. */
const HOSTS: Readonly<Record<string, readonly [ForgeKind, string]>> = {
  'github.com': ['github', 'github.com'],
  'ssh.github.com': ['github', 'github.com'],
  'gitlab.com': ['gitlab', 'gitlab.com'],
  'altssh.gitlab.com': ['gitlab', 'gitlab.com'],
  'bitbucket.org': ['bitbucket', 'bitbucket.org'],
  'altssh.bitbucket.org': ['bitbucket', 'bitbucket.org'],
  'codeberg.org': ['forgejo', 'codeberg.org'],
  'gitea.com': ['gitea', 'gitea.com'],
};

/**
 * Where the repository of a remote is on its forge: by the settings, else by the name of its host (those above, GitHub
 * Enterprise Cloud below `ghe.com`, and hosts that are called after their forge, as `gitlab.example.com`). Undefined where
 * the kind of forge is not known, or the remote names no host and the settings do not help.
 *
 * A remote by ssh tells the host, not the web's: the same host by HTTPS is meant, unless `url` says otherwise.
 */
export function forgeAddress(remote: string, settings: ForgeSettings = {}): ForgeAddress | undefined {
  const parts = partsOf(remote);
  const known = parts === undefined ? undefined : kindOf(parts.host);
  const kind = settings.forge ?? known?.kind;
  if (kind === undefined) return undefined;
  const segments = parts?.path.split('/').filter((segment) => segment !== '') ?? [];
  // Only GitLab has groups within groups; elsewhere the path of the forge itself may stand before owner and name.
  const below = kind === 'gitlab' ? [] : segments.slice(0, -2);
  const named = segments.slice(below.length).map(decoded);
  const repository = settings.repository ?? (named.length < 2 ? undefined : named.join('/').replace(/\.git$/, ''));
  const url = settings.url ?? webOf(parts, known?.web, below);
  if (repository === undefined || url === undefined) return undefined;
  return { kind, url: url.replace(/\/+$/, ''), repository };
}

/** A path by ssh is one on the server's disk, or of its own making: only owner and name of it are known. */
function webOf(parts: Parts | undefined, host: string | undefined, below: readonly string[]): string | undefined {
  if (parts === undefined) return undefined;
  return parts.origin === undefined ? `https://${host ?? parts.host}` : [parts.origin, ...below].join('/');
}

interface Parts {
  readonly host: string;
  readonly path: string;
  /** With scheme and port, where the remote is itself a web address. */
  readonly origin?: string;
}

/** `user@host:path`, `ssh://user@host:port/path` or `https://host:port/path`; undefined for a path of this machine. */
function partsOf(remote: string): Parts | undefined {
  const [, scheme = '', authority = '', path = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(\/.*)?$/i.exec(remote) ?? [];
  if (scheme !== '') {
    const place = authority.replace(/^.*@/, '').toLowerCase();
    const host = place.replace(/:\d+$/, '');
    if (host === '' || /^file$/i.test(scheme)) return undefined;
    return { host, path, ...(/^https?$/i.test(scheme) ? { origin: `${scheme.toLowerCase()}://${place}` } : {}) };
  }
  const scp = /^(?:[^@/:]+@)?(\[[^\]]+\]|[^:/[\]]+):(.+)$/.exec(remote);
  // A letter and a colon alone is a drive of Windows.
  if (scp === null || /^[a-z]$/i.test(scp[1] ?? '')) return undefined;
  return { host: (scp[1] ?? '').toLowerCase(), path: scp[2] ?? '' };
}

function kindOf(host: string): { readonly kind: ForgeKind; readonly web: string } | undefined {
  const known = own(HOSTS, host);
  if (known !== undefined) return { kind: known[0], web: known[1] };
  if (host.endsWith('.ghe.com')) return { kind: 'github', web: host };
  const first = host.split('.')[0];
  // Not "bitbucket.example.com": that is Bitbucket Data Center, with other pages.
  const named = (['github', 'gitlab', 'gitea', 'forgejo'] as const).find((kind) => kind === first);
  return named !== undefined && host.includes('.') ? { kind: named, web: host } : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * The page on which a person opens a pull request of `branch` into `target`.
 *
 * Sources: docs.github.com, "Using query parameters to create a pull request"; docs.gitlab.com, "Creating merge requests"
 * ("by using URL query parameters"); the link that Gitea and Forgejo print after a push (`cmd/hook.go`); the one that
 * Bitbucket Cloud prints after a push.
 */
export function compareAddress({ kind, url, repository }: ForgeAddress, target: string, branch: string): string {
  const base = `${url}/${segmentsOf(repository)}`;
  const query = encodeURIComponent;
  switch (kind) {
    case 'github':
      return `${base}/compare/${segmentsOf(target)}...${segmentsOf(branch)}?quick_pull=1`;
    case 'gitea':
    case 'forgejo':
      return `${base}/compare/${segmentsOf(target)}...${segmentsOf(branch)}`;
    case 'gitlab':
      return `${base}/-/merge_requests/new?${query('merge_request[source_branch]')}=${query(branch)}&${query('merge_request[target_branch]')}=${query(target)}`;
    case 'bitbucket':
      return `${base}/pull-requests/new?source=${query(branch)}&dest=${query(target)}`;
  }
}

/** The page of a commit, without its id. Sources as of {@link compareAddress}. */
export function commitPages({ kind, url, repository }: ForgeAddress): string {
  const base = `${url}/${segmentsOf(repository)}`;
  if (kind === 'gitlab') return `${base}/-/commit/`;
  return kind === 'bitbucket' ? `${base}/commits/` : `${base}/commit/`;
}

/** Each segment of a path encoded, the slashes kept. */
function segmentsOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/**
 * Where the API of a forge is, unless the settings say otherwise (docs.github.com, "Getting started with the REST API", for
 * GitHub, Enterprise Cloud with its own domain and Enterprise Server; docs.gitea.com, "API usage").
 */
export function apiAddress({ kind, url }: Pick<ForgeAddress, 'kind' | 'url'>): string {
  if (kind !== 'github') return `${url}/api/v1`;
  const { host } = new URL(url);
  return host === 'github.com' || host.endsWith('.ghe.com') ? `https://api.${host}` : `${url}/api/v3`;
}
