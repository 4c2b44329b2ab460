/**
 * Whether an address is one of these: compared by host and path, for the same repository is named by ssh, https and short
 * scp-like addresses, with and without `.git`.
 */
export function sameRepository(address: string, others: readonly string[]): boolean {
  const wanted = hostAndPath(address);
  return others.some((other) => hostAndPath(other) === wanted);
}

/** Whether an address is the GitOps repository's. */
export function isGitOpsRepository(
  { remote, aliases }: { readonly remote: string; readonly aliases: readonly string[] },
  address: string,
): boolean {
  return sameRepository(address, [remote, ...aliases]);
}

/** A folder of a repository as people write it, with no slash at its ends; empty for the whole repository. */
export function bareFolder(folder: string): string {
  return folder.replace(/^(\.?\/)+|^\.$/, '').replace(/\/+$/, '');
}

function hostAndPath(address: string): string {
  const scp = /^(?:[^@/]+@)?(\[[^\]/]+\]|[^:/[]+):(?!\/\/)(.+)$/.exec(address);
  const { host, path } = scp === null ? fromUrl(address) : { host: scp[1] ?? '', path: scp[2] ?? '' };
  return `${host.toLowerCase()}/${path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')}`;
}

function fromUrl(address: string): { host: string; path: string } {
  const match = /^[a-z+]+:\/\/(?:[^@/]*@)?(\[[^\]/]+\]|[^:/]*)(?::\d+)?(\/.*)?$/i.exec(address);
  return match === null ? { host: '', path: address } : { host: match[1] ?? '', path: match[2] ?? '' };
}
