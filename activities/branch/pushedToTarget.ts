import { RegistrarError } from '../../core/base/errors.ts';
import type { Deps } from '../deps.ts';

/** False where somebody was faster: the next race ends it where there is no time left. Any other refusal is thrown. */
export async function pushedToTarget(deps: Deps, commit: string, expected: string): Promise<boolean> {
  try {
    await deps.git.push({ commit, branch: deps.installation.gitops.branch, expected });
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Conflict') return false;
    throw error;
  }
}
