import { baseOf, freshTarget } from '../runBranch.ts';
import type { LandingOrder } from './order.ts';

/** `land: first`: all that is deployed comes from the target branch, so no run is in another's way. */
export const first: LandingOrder = {
  ahead: false,
  change: async (deps) => ({ commit: await freshTarget(deps), landed: true }),
  before: async (deps) => ({ commit: await freshTarget(deps), landed: true }),
  // A change lands before it is proven: only its run's own end tells that it was.
  isDone: (_landed, plan) => plan?.completed === true,
  standsOn: async (deps, { head, target, changeId, plan }) => ({
    base: head === undefined ? (plan?.job.base ?? target) : await baseOf(deps, head, target, changeId),
  }),
};
