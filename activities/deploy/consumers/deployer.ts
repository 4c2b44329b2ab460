import type { Job } from '../../../core/run/job.ts';
import type { Source } from '../../branch/landing/order.ts';
import type { Deps } from '../../deps.ts';
import type { ConsumerPlace } from './place.ts';

/** One consumer's ExternalSecret, and a commit of Git. */
interface Placement extends Source {
  readonly job: Job;
  readonly place: ConsumerPlace;
  /** Names the purpose in the id of an operation, so that a retry knows its own request. */
  readonly purpose: string;
}

/**
 * Who deploys a consumer's ExternalSecret, by `authentik.deployBy`. It is an object of its own, so it is deployed and taken away
 * as a whole. Each answer is proven by a live read.
 */
export interface ConsumerDeployer {
  /** What preflight asks: can it be deployed from where we land it, now? Throws. */
  check(deps: Deps, job: Job, place: ConsumerPlace): Promise<void>;
  /** Until the live spec is what Git says at the commit. */
  bring(deps: Deps, placement: Placement): Promise<void>;
  /** What was asked for before may still be on its way, and would bring back what is taken away next. */
  outlast(deps: Deps, place: ConsumerPlace): Promise<void>;
  /**
   * Whether the deployer has an object of that name, wherever: an Application may deploy to another cluster than the registration
   * names, where no live read of ours finds it.
   */
  deploys(deps: Deps, place: ConsumerPlace): Promise<boolean>;
  /** Until the object is gone, which the commit no longer names. */
  remove(deps: Deps, placement: Placement): Promise<void>;
}
