import { RegistrarError } from '../../../core/base/errors.ts';
import type { Deps } from '../../deps.ts';
import type { Merger } from './merger.ts';

/** `landBy: push`: the job's own commit becomes the target's head, so the trailers tell everything. */
export const push: Merger = {
  people: false,
  async bring(deps, _job, commit, target) {
    if (!(await pushed(deps, commit, target))) return undefined;
    return { state: 'landed', commit, note: `landed as ${commit.slice(0, 12)}` };
  },
  async bringRevert(deps, _job, target, makeCommit) {
    const commit = await makeCommit();
    // Somebody has taken all of it out already.
    if (commit === target) return { undone: [], kept: [], blocks: false };
    if (!(await pushed(deps, commit, target))) return undefined;
    return { undone: [`${commit.slice(0, 12)} takes the change back`], kept: [], blocks: false };
  },
  landed: async (_deps, _job, { change, revert }) =>
    change === undefined
      ? undefined
      : { commit: change, reverted: revert !== undefined, revert, whole: revert === undefined },
  holds: async () => false,
  proposedBefore: async () => undefined,
  withdraw: async () => false,
  tidy: async () => [],
};

/** False where somebody was faster: the next race ends it where there is no time left. Any other refusal is thrown. */
async function pushed(deps: Deps, commit: string, expected: string): Promise<boolean> {
  try {
    await deps.git.push({ commit, branch: deps.installation.gitops.branch, expected });
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Conflict') return false;
    throw error;
  }
}
