import type { SystemName } from '../../core/base/errors.ts';
import type { Entry } from '../../core/changes/entry.ts';
import type { Names } from '../../core/names/names.ts';
import type { Consumer, Registration } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import type { RotationConsumer, RotationJob } from '../../core/run/rotation.ts';
import type { Source } from '../branch/landing/order.ts';
import type { Deps } from '../deps.ts';
import type { UndoJournal, UndoRemainder } from '../kit/undoJournal.ts';

/** One kind of consumer as activities meet it. Everything else of it is pure and stands in `core/consumers/`. */
export interface LiveKind<C extends { readonly kind: string } = Consumer> {
  readonly kind: C['kind'];
  /** What of the repository may surprise, at a commit. */
  warnings?(deps: RepositoryFiles, consumer: C, commit: string): Promise<readonly string[]>;
  /** What a run would refuse of it that files alone tell. `others`: the other registrations of the repository. */
  looksAtFiles?(
    deps: Pick<Deps, 'installation'>,
    names: Names,
    consumer: C,
    at: Pick<LiveConsumer, 'index' | 'entry'> & { readonly others: readonly Registration[] },
  ): readonly Look[];
  /** Reads the files that were written for these consumers as their own programs do. Returns warnings, throws `Failed`. */
  checkFiles?(this: void, deps: Deps, job: Job, commit: string, consumers: readonly C[]): Promise<readonly string[]>;
  /** What its own programs lack beside the worker. Returns warnings; throws `NotFound` where runs would be refused for it. */
  lacksTools?(this: void, deps: Pick<Deps, 'installation' | 'ansible'>): Promise<readonly string[]>;
  /** The consumer in the system that a run brings the secret into; not there where it only writes files. */
  live?(deps: Deps, names: Names, consumer: C, at: Pick<LiveConsumer, 'index' | 'entry'>): LiveConsumer;
  /** Not there where only people bring a new secret. */
  readonly rotation?: LiveRotation;
}

export interface RepositoryFiles {
  readonly git: Pick<Deps['git'], 'readFile'>;
}

/** How a rotation brings the value that is in service to a consumer. */
export interface LiveRotation {
  /** Before anything changes. Throws `Refused`. */
  check(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<void>;
  /** Doing it again does no harm: a retry does. */
  deliver(deps: Deps, job: RotationJob, target: RotationConsumer, purpose: 'set' | 'restore'): Promise<void>;
}

/** Throws what it finds wrong. */
type Look = () => void | Promise<void>;

/** What Git says at this commit is brought into the system, or taken from it. */
interface Delivery extends Source {
  /** Names the purpose in the id of an operation, so that a retry knows its own request. */
  readonly purpose: string;
}

/** One consumer in its system. Every answer is a live read. */
export interface LiveConsumer {
  /** Its place in the list that names it. */
  readonly index: number;
  /** Its edit that reads the vault field: this change made the consumer's object where it made that. */
  readonly entry: Entry;
  /** Kind, name and place, for people. */
  readonly label: string;
  readonly system: SystemName;
  /** What holds the secret there, for people. */
  readonly holder: string;
  /** Names the one place in which it holds the secret, for consumers of which two may share it. */
  readonly heldAt: string;
  /** What no other client's run changes, asked before the turn. */
  looksBeforeTurn(): readonly Look[];
  /** What must be right before a registration changes anything. `others`: the other registrations of the repository. */
  looks(job: Job, asked: { readonly others: readonly Registration[]; readonly repair: boolean }): readonly Look[];
  /** What must be right before a registration that no longer names the consumer changes anything. */
  looksAsFormer(job: Job): readonly Look[];
  /** What must be right before a deregistration changes anything. */
  looksBeforeRemoval(job: Job): readonly Look[];
  /** As a sentence, that it is not there as asked for; undefined where it is. */
  missing(): Promise<string | undefined>;
  /** As a sentence, that it is there, whatever it says; undefined where it is gone. */
  lingering(): Promise<string | undefined>;
  /** As a sentence, that it is there and does not hold the vault's value. */
  withoutSecret(): Promise<string | undefined>;
  /** Brings it there, and waits until it holds the vault's value. Returns that as a sentence. */
  deliver(job: Job, delivery: Delivery): Promise<string>;
  /** Takes away what still is as the registration asks for. Throws `Refused` where it is not. */
  remove(job: Job, delivery: Delivery): Promise<void>;
  /** What of the secret stays when it is gone, but for what others hold at the same place. */
  remainder(others: readonly LiveConsumer[]): Promise<UndoRemainder>;
  /** Undo of {@link LiveConsumer.deliver}; `others` as in {@link LiveConsumer.remainder}. */
  takeBack(job: Job, journal: UndoJournal, others: readonly LiveConsumer[]): Promise<UndoRemainder>;
  /** Undo of {@link LiveConsumer.remove}. */
  bringBack(job: Job, journal: UndoJournal): Promise<void>;
}
