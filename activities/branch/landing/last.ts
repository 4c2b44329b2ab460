import { ensureEdits } from '../commits.ts';
import { baseOf } from '../runBranch.ts';
import type { LandingOrder } from './order.ts';

/** `land: last`: the run's branch is deployed and proven before it lands. */
export const last: LandingOrder = {
  ahead: true,
  change: async (deps, job, step) => ({ commit: await ensureEdits(deps, job, step), landed: false }),
  before: async (_deps, { base }) => ({ commit: base, landed: false }),
  isDone: (landed) => landed,
  async standsOn(deps, { head, target, changeId, landed }) {
    if (head === undefined || landed) return { base: target };
    const old = await baseOf(deps, head, target, changeId);
    // What others landed since must not be taken away by deploying from the dead run's base.
    return (await deps.git.isAncestor(target, head)) ? { base: old } : { base: target, formerBase: old };
  },
};
