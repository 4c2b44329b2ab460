import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { SystemName } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Source } from '../branch/landing/order.ts';
import type { Deps } from '../deps.ts';
import type { UndoRemainder, UndoJournal } from '../kit/undoJournal.ts';
import type { ConsumerPlace } from './consumers/place.ts';
import type { Target } from './target.ts';

export interface DeployRequest extends Source {
  readonly job: Job;
  /** Names the purpose in the operation's id, so that a retry knows its own request. */
  readonly purpose: string;
  /** Objects of one Application. */
  readonly targets: readonly Target[];
  /** What is not yet live of what the commit says, as a sentence; undefined where all is. */
  readonly missing: () => Promise<string | undefined>;
}

export interface RemoveRequest extends DeployRequest {
  /** Whether what is to go is being deleted, which a finalizer may hold up. */
  readonly isGoing: () => Promise<boolean>;
}

export interface UndoRequest {
  readonly job: Job;
  /** Names what is taken back, in the operation's id. */
  readonly step: string;
  readonly resources: readonly OurResource[];
  readonly journal: UndoJournal;
}

/** Who took what we had deployed away, as far as it is known. */
export interface Overwriter {
  readonly system: SystemName;
  readonly by: string;
  readonly remedy: string;
}

/**
 * Who deploys Authentik's objects and those of consumers (`authentik.deployBy`). The steps say what must be live and prove it
 * by live reads; a deployer knows how it comes there and how it is taken back.
 */
export interface Deployer {
  /**
   * What preflight asks of every run: can it deploy what we edit, from where we land it? Each throws `Refused`. A run that `removes`
   * need not hear what stands in the way of entries that are yet to come.
   */
  readonly checks: readonly ((deps: Deps, removes?: boolean) => Promise<void>)[];
  /** Checks that preflight alone asks, and nobody before the turn: what they find passes with time alone, as a sync window does. */
  readonly checksOfNow: readonly ((deps: Deps) => Promise<void>)[];
  /**
   * What preflight asks of a new change: is what is live fit for ours? Returns warnings. Throws `Refused`. In a repair our own entries
   * (`job.repair.deploy`) may differ: to deploy those is what it is for.
   */
  checkLive(deps: Deps, job: Job): Promise<readonly string[]>;
  /**
   * What a new job keeps of the live objects, for `assertUntouched` and the undo to tell what somebody has changed since. It is read
   * before `checkLive` looks: what comes in between is then seen as a change.
   */
  digestLive(deps: Deps, job: Job): Promise<Job['live']>;
  /** Nobody has deployed these since the run's base, where what is not on the target branch yet would take that away. Throws `Refused`. */
  assertUntouched(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<void>;
  /** What preflight asks of a consumer's object: can it be deployed from where we land it, now? Throws. */
  checkConsumer(deps: Deps, job: Job, place: ConsumerPlace): Promise<void>;
  /** Deploys objects at a commit, or waits until they are deployed where the target branch has it; proves it by a live read. */
  deploy(deps: Deps, wanted: DeployRequest): Promise<void>;
  /** Has objects that the commit no longer names taken away, or waits until they are; proves it by a live read. */
  remove(deps: Deps, wanted: RemoveRequest): Promise<void>;
  /** Waits until older deployments have ended: one still on its way would bring back what is taken away next. */
  outlast(deps: Deps, target: Target): Promise<void>;
  /**
   * As a sentence, that the deployer has an object, wherever: an Application may deploy to another cluster than the registration
   * names, where no live read of ours finds it. Not there where nobody can be asked.
   */
  has?(deps: Deps, target: Target): Promise<string | undefined>;
  /** As sentences, what keeps it from deploying the target branch now; not there where nobody can be asked. */
  halts?(deps: Deps): Promise<readonly string[]>;
  /** Takes what the job did to these live resources back, and nothing else: our entries out, or in again for a removal. */
  takeBack(deps: Deps, wanted: UndoRequest): Promise<UndoRemainder>;
  /** Where what we had deployed is gone again: who has done that. */
  overwriter(deps: Deps, job: Job): Promise<Overwriter>;
}
