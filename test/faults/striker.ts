import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { sleep } from '../../sandbox/kit/loop.ts';
import { toFailure } from '../../worker/interceptors.ts';
import type { Fault as HttpFault } from '../../sandbox/faults/faults.ts';
import type { World } from '../../sandbox/world/world.ts';
import type { Cell } from './cells.ts';
import type { GitProgram } from './gitProgram.ts';
import type { People } from './people.ts';
import { answering, isCall } from './target.ts';

/** How an attempt ended that was struck. */
export type Ended =
  /** What was struck was asked for once more in the same attempt, or the activity did without. */
  | { end: 'asked again' | 'went on'; readonly result: unknown }
  /** By an error that Temporal tries again after, or one that ends the activity. */
  | { readonly end: 'tried again' | 'gave up'; readonly failure: ApplicationFailure };

interface Listener {
  /** A cell's attempt is over, of what the run has asked for by this id. */
  ended(cell: Cell, ended: Ended, asked: string): void;
  /** The own answer to that, once nothing strikes it any more. */
  answered(asked: string, result: unknown): void;
}

export interface GivingUp {
  readonly id: string;
  readonly activity: string;
  readonly after?: Pick<Cell, 'target' | 'strike'>;
}

/** Temporal takes a second for a new attempt, so each of them is several, for so long. */
const SHARE_MS = 4_000;
const PAUSE_MS = 30;

/** It tries a notice no more often than that. */
const TRIES: Readonly<Record<string, number>> = { notify: 3 };

/**
 * Around the activities of a worker: each attempt is struck by the next fault of its activity, and tried again, until none is left.
 * One attempt at a time, so that a fault strikes nobody else.
 */
export class Striker {
  left: Cell[] = [];
  listener: Listener | undefined;
  /** An activity that gives up for good: before it has done anything, or once this call has lost its answer. */
  last: GivingUp | undefined;
  /** What happens once during the first attempt of each of these; who has met it is taken out. */
  during:
    | { readonly activities: Set<string>; readonly strike: (work: () => Promise<unknown>) => Promise<unknown> }
    | undefined;
  /** Around each attempt that nothing strikes. */
  watch: ((activity: string, work: () => Promise<unknown>) => Promise<unknown>) | undefined;
  readonly #world: World;
  readonly #git: GitProgram;
  readonly #people: People;
  #before: Promise<unknown> = Promise.resolve();
  #later: Cell[] = [];

  constructor(world: World, git: GitProgram, people: People) {
    this.#world = world;
    this.#git = git;
    this.#people = people;
  }

  readonly interceptor: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      execute: async (input, next) => this.#inTurn(async () => this.#attempt(info, async () => next(input))),
    },
  });

  async #inTurn(work: () => Promise<unknown>): Promise<unknown> {
    const before = this.#before;
    const mine = (async () => {
      await before;
      return work();
    })();
    this.#before = mine.catch(() => undefined);
    return mine;
  }

  /** The cells that this run did not come to. */
  rest(): readonly Cell[] {
    const rest = [...this.left, ...this.#later];
    this.left = [];
    this.#later = [];
    return rest;
  }

  async #attempt({ activityType, activityId, attempt }: Info, work: () => Promise<unknown>): Promise<unknown> {
    await this.#people.meet(activityType, attempt);
    if (this.last?.activity === activityType) return this.#giveUp(this.last, work);
    if (this.during?.activities.delete(activityType) === true) return this.during.strike(work);
    const began = Date.now();
    while (attempt <= (TRIES[activityType] ?? Infinity)) {
      const at = this.left.findIndex(({ target }) => target.activity === activityType);
      const [cell] = at === -1 ? [] : this.left.splice(at, 1);
      if (cell === undefined) break;
      const lives = await this.#strike(cell, work, activityId);
      if (lives !== undefined) return lives.result;
      if (Date.now() - began > SHARE_MS || activityType in TRIES)
        throw ApplicationFailure.create({ message: `struck: ${cell.id}`, type: 'Struck', nextRetryDelay: 1 });
      // What the struck one has left under way is over before the next.
      await sleep(PAUSE_MS);
    }
    const result = await (this.watch?.(activityType, work) ?? work());
    this.listener?.answered(activityId, result);
    // It may be asked once more in this run, and call then what it has not called now.
    const [missed, others] = parted(this.#later, ({ target }) => target.activity === activityType);
    this.#later = others;
    this.left.push(...missed);
    return result;
  }

  /** One attempt, struck by a cell's fault; with a result where the run has to live with that. */
  async #strike(
    cell: Cell,
    work: () => Promise<unknown>,
    asked: string,
  ): Promise<{ readonly result: unknown } | undefined> {
    const { activity } = cell.target;
    const put = await this.#put(cell);
    const ended = await endOf(work);
    const struck = await put.times();
    await put.heal();
    if (struck === 0) {
      this.#missed(cell);
      return undefined;
    }
    if (ended.end === 'went on' && put.askedAgain()) ended.end = 'asked again';
    this.listener?.ended(cell, ended, asked);
    if (ended.end !== 'went on' || cell.passing) return undefined;
    // It took the answer at its word.
    const [rest, others] = parted(this.left, ({ target }) => target.activity === activity);
    this.left = others;
    this.#later.push(...rest);
    return ended;
  }

  /** Earlier attempts have left less to do: the first such call is struck, and where there is none, that of another run. */
  #missed(missed: Cell): void {
    const { activity, system, access, skip } = missed.target;
    const [alike, others] = parted(
      [missed, ...this.left],
      ({ target }) =>
        target.activity === activity && target.system === system && target.access === access && target.skip >= skip,
    );
    if (skip > 0) this.left = [...alike.map((cell) => ({ ...cell, target: { ...cell.target, skip: 0 } })), ...others];
    else {
      this.left = others;
      this.#later.push(...alike);
    }
  }

  async #giveUp({ id, after }: GivingUp, work: () => Promise<unknown>): Promise<unknown> {
    if (after !== undefined) {
      const put = await this.#put(after);
      const ended = await endOf(work);
      const struck = await put.times();
      await put.heal();
      // An activity is asked for more than once, and does not write each time.
      if (struck === 0 && ended.end === 'went on') return ended.result;
    }
    this.last = undefined;
    const details = { system: 'oidc-registrar', remedy: 'Start again.' };
    throw ApplicationFailure.create({
      message: `given up: ${id}`,
      type: 'Failed',
      nonRetryable: true,
      details: [details],
    });
  }

  async #put({ target: { system, access, skip }, strike }: Pick<Cell, 'target' | 'strike'>): Promise<Put> {
    if ('http' in strike) {
      const asked: string[] = [];
      const when: HttpFault['when'] = (request) => {
        const { method, path } = request;
        if ((method === 'GET') !== (access === 'read') || !isCall(system, request)) return false;
        asked.push(`${method} ${path}`);
        return true;
      };
      const fault: HttpFault = { system: answering(system), when, after: skip, times: 1, effect: strike.http };
      this.#world.faults.add(fault);
      return {
        times: async () => this.#world.faults.struck(fault),
        askedAgain: () => asked.lastIndexOf(asked[skip] ?? '') > skip,
        heal: async () => this.#world.faults.remove(fault),
      };
    }
    if ('unheard' in strike) return { times: async () => 1, askedAgain: () => false, heal: async () => undefined };
    const shell = 'git' in strike ? strike.git : refusing(this.#world.repository.dir);
    await this.#git.strike({ access, shell, skip });
    return { times: () => this.#git.struck(), askedAgain: () => false, heal: () => this.#git.heal() };
  }
}

/** A fault that was put in. */
interface Put {
  times(): Promise<number>;
  /** Whether what was struck was asked for once more in the same attempt. */
  askedAgain(): boolean;
  heal(): Promise<void>;
}

/** Those that are meant, and the others. */
export function parted<T>(all: readonly T[], isFirst: (each: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

async function endOf(work: () => Promise<unknown>): Promise<Ended> {
  try {
    return { end: 'went on', result: await work() };
  } catch (error) {
    const failure = toFailure(error);
    // The activity was cancelled or its attempt is over: that is no answer to a fault.
    if (!(failure instanceof ApplicationFailure)) throw error;
    return { end: failure.nonRetryable === true ? 'gave up' : 'tried again', failure };
  }
}

/** A push that meets a server that takes none. */
function refusing(repository: string): string {
  return `touch '${repository}/refuse'; "$real" "$@"; code=$?; rm -f '${repository}/refuse'; exit $code`;
}
