import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ErrorKind } from '../../core/base/errors.ts';
import type { Leftover } from '../../core/run/reports.ts';
import { canonicalWorkflowId } from '../../core/run/requests.ts';
import { fakeActivities, failure } from '../workflows/fakes.ts';
import { type Activity, type Attempt, type Closed, MemoryTemporal, type Run, timedOut } from './temporal.ts';
import { type Client, CLIENTS, type Schedule, type Strike } from './schedule.ts';
import { type Fact, LISTED, ModelWorld } from './world.ts';

export type Creator = Awaited<ReturnType<typeof MemoryTemporal.creator>>;

/** Promises that a schedule broke, and how its runs ended. */
export interface Played {
  readonly broken: readonly string[];
  readonly ends: readonly string[];
  /** So many of its happenings came to happen. */
  readonly struck: number;
  /** Every attempt and every end of a run, with its time, in their order. */
  readonly trace: readonly string[];
}

export async function play(creator: Creator, schedule: Schedule): Promise<Played> {
  return new Play(creator, schedule).play();
}

type Fakes = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

class Play {
  readonly #schedule: Schedule;
  readonly #temporal: MemoryTemporal;
  readonly #world: ModelWorld;
  readonly #fakes: Fakes;
  readonly #counts = new Map<string, number>();
  readonly #broken: string[] = [];
  readonly #ends: string[] = [];
  readonly #trace: string[] = [];
  #paces = 0;
  #struck = 0;
  #calm = false;

  constructor(creator: Creator, schedule: Schedule) {
    this.#schedule = schedule;
    const fakes = fakeActivities(schedule.land).activities;
    this.#fakes = fakes as unknown as Fakes;
    this.#temporal = new MemoryTemporal(creator, {
      attempt: (activity, isCancelled) => this.#attempt(activity, isCancelled),
      takesMs: () => schedule.paces[(this.#paces += 1) % schedule.paces.length] ?? 1,
    });
    this.#world = new ModelWorld(schedule.land, (id) => this.#temporal.isOpen(id));
  }

  async play(): Promise<Played> {
    await this.#lanes(this.#schedule.runs);
    this.#calm = true;
    const clients = CLIENTS.filter((each) => this.#schedule.runs[each].length > 0);
    // While one is half done the other is refused, and told so: it comes again.
    for (const client of [...clients, ...clients]) await this.#lanes({ [client]: ['register'] });
    const missing = clients.filter((client) => !this.#world.isRegistered(client));
    if (missing.length > 0) this.#broken.push(`${missing.join()} cannot be registered in the end`);
    if (this.#world.turn !== undefined) this.#broken.push(`${this.#world.turn.client} holds the turn in the end`);
    const broken = [...this.#world.broken, ...this.#broken];
    return { broken, ends: this.#ends, struck: this.#struck, trace: this.#trace };
  }

  /** Runs of one client one after the other, of several side by side. */
  async #lanes(runs: Partial<Schedule['runs']>): Promise<void> {
    const lanes = CLIENTS.map((client) => ({
      client,
      asks: [...(runs[client] ?? [])],
      run: undefined as Started | undefined,
    }));
    for (;;) {
      for (const lane of lanes) {
        if (lane.run?.run.closed !== undefined) {
          this.#judge(lane.client, lane.run, lane.run.run.closed);
          lane.run = undefined;
        }
        const ask = lane.run === undefined ? lane.asks.shift() : undefined;
        if (ask !== undefined) lane.run = await this.#start(lane.client, ask);
      }
      if (lanes.every(({ run }) => run === undefined)) return;
      if (lanes.some(({ run }) => run?.run.closed !== undefined)) continue;
      if (!(await this.#temporal.step())) {
        this.#broken.push(`runs wait for nothing: ${lanes.flatMap(({ run, client }) => (run ? client : [])).join()}`);
        return;
      }
    }
  }

  async #start(client: Client, ask: 'register' | 'takeBack'): Promise<Started> {
    const before = new Set(this.#world.of(client));
    const registered = this.#world.isRegistered(client);
    const input = { client, ...(ask === 'takeBack' ? { takeBack: true } : {}) };
    return {
      ask,
      before,
      registered,
      run: await this.#temporal.start('registerClient', canonicalWorkflowId(client), input),
    };
  }

  /** What a run says of itself at its end is so. */
  #judge(client: Client, { ask, before, registered }: Started, closed: Closed): void {
    const name = `${ask} of ${client}`;
    this.#ends.push(closed.how);
    this.#trace.push(`${this.#temporal.now} ${client} ${closed.how}`);
    if (closed.how === 'terminated') return;
    if (closed.how === 'broken') {
      this.#broken.push(`${name} failed its workflow task: ${closed.error.message}`);
      return;
    }
    const now = [...this.#world.of(client)];
    if (closed.how === 'done') {
      const { outcome, kept } = closed.value as { outcome: string; kept: readonly string[] };
      const right = outcome === 'takenBack' ? now.length === 0 : this.#world.isRegistered(client) || kept.length > 0;
      if (!right) this.#broken.push(`${name} says ${outcome}, and there is ${now.join()}`);
      return;
    }
    const kept = closed.how === 'cancelled' ? [] : keptOf(closed.error);
    const asBefore = now.length === before.size && now.every((fact) => before.has(fact));
    if (asBefore || (now.length === 0 && !registered)) return;
    const unlisted = now.filter(
      (fact) => !(registered && before.has(fact)) && !kept.some(({ what }) => LISTED[fact].test(what)),
    );
    if (unlisted.length > 0)
      this.#broken.push(
        `${name} ${closed.how}, lists "${kept.map(({ what }) => what).join('", "')}", and left ${unlisted.join()}`,
      );
  }

  async #attempt(activity: Activity, isCancelled: () => boolean): Promise<Attempt> {
    const nth = this.#counts.get(activity.type) ?? 0;
    this.#counts.set(activity.type, nth + 1);
    const strike = this.#calm
      ? undefined
      : this.#schedule.happenings.find((each) => each.activity === activity.type && each.nth === nth)?.strike;
    if (strike !== undefined) this.#struck += 1;
    this.#trace.push(`${this.#temporal.now} ${activity.workflowId} ${activity.type} ${strike ?? ''}`);
    return this.#strike(strike, activity, isCancelled);
  }

  async #strike(strike: Strike | undefined, activity: Activity, isCancelled: () => boolean): Promise<Attempt> {
    const { workflowId } = activity;
    switch (strike) {
      case 'fails':
        return { error: failure('Failed', 'it is refused') };
      case 'fails after its work':
        await this.#work(activity);
        return { error: failure('Failed', 'it is refused after all') };
      case 'is refused once':
        return { error: failure('Unauthorized' satisfies ErrorKind, 'the token is refused') };
      case 'loses its answer':
        await this.#work(activity);
        return { againMs: 1_000 };
      case 'times out':
        return { error: timedOut() };
      case 'times out, and works late':
        this.#temporal.later(2_000, async () => void (await this.#work(activity)));
        return { error: timedOut() };
      case 'is cancelled':
        await this.#temporal.cancel(workflowId);
        return isCancelled() ? { error: new CancelledFailure('cancelled') } : this.#work(activity);
      case 'is cancelled after its work':
        await this.#temporal.cancel(workflowId);
        return this.#work(activity);
      case 'is terminated':
        await this.#temporal.terminate(workflowId);
        return { value: undefined };
      case 'is terminated after its work':
        await this.#temporal.terminate(workflowId);
        return this.#work(activity);
      case 'is stopped in its undo':
        await this.#temporal.update(workflowId, 'stopUndo');
        return isCancelled() ? { error: new CancelledFailure('cancelled') } : this.#work(activity);
      case 'takes an hour':
        return activity.attempts === 0 ? { againMs: 3_600_000 } : this.#work(activity);
      case undefined:
        if (isCancelled()) return { error: new CancelledFailure('cancelled') };
        return this.#work(activity);
    }
  }

  async #work({ type, args }: Activity): Promise<Attempt> {
    try {
      const answer = this.#world.act(type, args, async () => this.#fakes[type]?.(...args));
      const value = await answer;
      return value === undefined && type === 'acquireTurn' ? { againMs: 60_000 } : { value };
    } catch (error) {
      return { error: error as Error };
    }
  }
}

interface Started {
  readonly ask: string;
  readonly before: ReadonlySet<Fact>;
  readonly registered: boolean;
  readonly run: Run;
}

function keptOf(error: Error): readonly Leftover[] {
  if (!(error instanceof ApplicationFailure)) return [];
  return (error.details?.[0] as { kept?: readonly Leftover[] } | undefined)?.kept ?? [];
}
