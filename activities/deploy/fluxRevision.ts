import { RegistrarError } from '../../core/base/errors.ts';
import type { Deps } from '../deps.ts';

/** The commit of a revision: `main@sha1:<commit>`, `refs/heads/main@sha1:<commit>`, or `main/<commit>` before Flux 2.0. */
export function commitOf(revision: string | undefined): string | undefined {
  return /(?:^|[@:/])([0-9a-f]{40}|[0-9a-f]{64})$/.exec(revision ?? '')?.[1];
}

/** Whether a revision is the commit or a later one that contains it: the branch moves on while one is waited for. */
export async function isAtOrPast(deps: Deps, revision: string | undefined, commit: string): Promise<boolean> {
  const at = commitOf(revision);
  if (at === undefined) return false;
  if (at === commit) return true;
  try {
    return await deps.git.isAncestor(commit, at);
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.retryable) throw error;
    // A commit that came after our last fetch; or one that nobody has any more, which contains nothing.
    await deps.git.fetch();
    return deps.git.isAncestor(commit, at).catch((again: unknown) => {
      if (again instanceof RegistrarError && !again.retryable) return false;
      throw again;
    });
  }
}
