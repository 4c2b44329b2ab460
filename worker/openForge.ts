import type { Deps } from '../activities/deps.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { apiAddress, compareAddress, forgeAddress } from '../core/installation/forgeAddress.ts';
import type { Installation } from '../core/installation/installation.ts';
import type { Secret } from '../core/base/secret.ts';
import type { Attempt } from '../integrations/attempt.ts';

type Gitops = Installation['gitops'];

/** Where pull requests are landed: what opens them with a token, and the page on which people open them without one. */
export async function openForge(
  gitops: Gitops,
  token: Secret | undefined,
  timeoutMs: number,
  attempt?: Attempt,
): Promise<Pick<Deps, 'forge' | 'compareUrl'>> {
  const address = gitops.landBy === 'pullRequest' ? forgeAddress(gitops.remote, gitops.pullRequest) : undefined;
  if (address === undefined) return { compareUrl: () => undefined };
  const compareUrl = (branch: string): string => compareAddress(address, gitops.branch, branch);
  if (token === undefined) return { compareUrl };
  const options = {
    api: gitops.pullRequest?.api ?? apiAddress(address),
    repository: address.repository,
    target: gitops.branch,
    token,
    timeoutMs,
    ...(attempt === undefined ? {} : { attempt }),
  };
  // Loaded where one is used: most installations need neither.
  if (address.kind === 'github') {
    const { createGitHub } = await import('../integrations/forge/github.ts');
    return { compareUrl, forge: createGitHub(options) };
  }
  const { createGitea } = await import('../integrations/forge/gitea.ts');
  return { compareUrl, forge: createGitea(options) };
}

/** Whoever gives a token wants pull requests to be opened. Throws `BadInput` where that cannot be. */
export function checkForge(gitops: Gitops): void {
  if (gitops.landBy !== 'pullRequest') return;
  const address = forgeAddress(gitops.remote, gitops.pullRequest);
  if (address === undefined)
    throw bad(
      'FORGE_TOKEN is set, but gitops.remote does not tell the forge and its repository.',
      'Set forge (github, gitea or forgejo), url and repository below gitops.pullRequest in registrar.yaml.',
    );
  if (!['github', 'gitea', 'forgejo'].includes(address.kind))
    throw bad(
      `FORGE_TOKEN is set, but pull requests are opened on GitHub, Gitea and Forgejo, not on ${address.kind}.`,
      'Unset it: people open them, at the address that the run tells.',
    );
  if (address.repository.split('/').length !== 2)
    throw bad(
      `FORGE_TOKEN is set, but ${address.repository} is not owner/name.`,
      'Set gitops.pullRequest.repository in registrar.yaml.',
    );
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}
