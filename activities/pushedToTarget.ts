import { RegistrarError } from '../core/errors.ts';
import type { Deps } from './deps.ts';

/** False where somebody was faster and there is time for another race. Any other refusal is thrown. */
export async function pushedToTarget(deps: Deps, commit: string, expected: string, deadline: number): Promise<boolean> {
  try {
    await deps.git.push({ commit, branch: deps.installation.gitops.branch, expected, deadline });
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Conflict' && Date.now() < deadline) return false;
    throw error;
  }
}
