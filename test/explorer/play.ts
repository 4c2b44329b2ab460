import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ErrorKind } from '../../core/base/errors.ts';
import { fakeActivities, failure, PlannedHere } from '../workflows/fakes.ts';
import { type Activity, type Attempt, type Closed, MemoryTemporal, type Run, timedOut } from './temporal.ts';
import { ASKS, CONSUMER, hinders, isEnding, isUndo, LOOK, MAKES } from './asks.ts';
import { type Ask, type Client, CLIENTS, type Schedule, type Strike } from './schedule.ts';
import { differing, type Fact, isListed, keptOf, type Standing } from './standing.ts';
import { type Proposal, Proposals, REVERT } from './proposals.ts';
import { ModelWorld } from './world.ts';
import { IDS } from '../../core/run/ids.ts';

export type Creator = Awaited<ReturnType<typeof MemoryTemporal.creator>>;

/** Promises that a schedule broke, and how its runs ended. */
export interface Played {
  readonly broken: readonly string[];
  readonly ends: readonly string[];
  /** So many of its happenings came to happen. */
  readonly struck: number;
  /** Each attempt of an activity in its order, with its client and what happened to it. */
  readonly trace: readonly string[];
}

export async function play(creator: Creator, schedule: Schedule): Promise<Played> {
  return new Play(creator, schedule).play();
}

type Fakes = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

class Play {
  readonly #schedule: Schedule;
  readonly #jobs = new PlannedHere();
  readonly #temporal: MemoryTemporal;
  readonly #world: ModelWorld;
  readonly #proposals: Proposals | undefined;
  readonly #fakes: Fakes;
  readonly #counts = new Map<string, number>();
  readonly #broken: string[] = [];
  readonly #ends: string[] = [];
  readonly #trace: string[] = [];
  /** Runs whose undo or clean-up something has happened to: they may leave something. */
  readonly #hindered = new Set<Run>();
  /** Runs that somebody has cancelled, and those that have begun to take back what they did. */
  readonly #cancelled = new Map<Run, number>();
  readonly #undoing = new Set<Run>();
  /** The newest run of each client, and the one that has proposed last. */
  readonly #started = new Map<string, Started>();
  readonly #proposers = new Map<string, Run>();
  /** Who has taken the turn last. */
  #taker: Run | undefined;
  #paces = 0;
  #reviews = -1;
  #struck = 0;
  #calm = false;

  constructor(creator: Creator, schedule: Schedule) {
    this.#schedule = schedule;
    const fakes = fakeActivities(schedule.land, {}, false, [CONSUMER]).activities;
    this.#fakes = fakes as unknown as Fakes;
    this.#temporal = new MemoryTemporal(creator, {
      attempt: (activity, isCancelled) => this.#attempt(activity, isCancelled),
      takesMs: () => schedule.paces[(this.#paces += 1) % schedule.paces.length] ?? 1,
    });
    if (schedule.reviews !== undefined) this.#proposals = new Proposals((opened) => this.#review(opened));
    this.#world = new ModelWorld(schedule, (id) => this.#temporal.isOpen(id), this.#proposals);
  }

  async play(): Promise<Played> {
    await this.#lanes(this.#schedule.runs);
    this.#calm = true;
    const clients = CLIENTS.filter((each) => this.#schedule.runs[each].length > 0);
    // While one is half done the other is refused, and told so: it comes again.
    for (const client of [...clients, ...clients]) {
      const removes = this.#world.of(client).change?.removes === true;
      await this.#lanes({ [client]: removes ? ['deregister', 'register'] : ['register'] });
    }
    const missing = clients.filter((client) => !this.#isAsAsked(this.#world.of(client)));
    if (missing.length > 0) this.#broken.push(`${missing.join()} cannot be registered in the end`);
    const removed = clients.filter((client) => this.#schedule.runs[client].includes('deregister'));
    for (const client of removed) await this.#lanes({ [client]: ['deregister'] });
    const left = removed.filter((client) => this.#world.of(client).facts.size > 0);
    if (left.length > 0) this.#broken.push(`${left.join()} cannot be deregistered in the end`);
    if (this.#world.turn !== undefined) this.#broken.push(`${this.#world.turn.client} holds the turn in the end`);
    return {
      broken: [...this.#world.broken, ...this.#broken],
      ends: this.#ends,
      struck: this.#struck,
      trace: this.#trace,
    };
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

  #isAsAsked(standing: Standing): boolean {
    return standing.isServed && !standing.made.has('branch') && standing.text.landed === standing.text.asked;
  }

  async #start(client: Client, ask: Ask): Promise<Started> {
    const { type, input } = ASKS[ask];
    const standing = this.#world.of(client);
    if (ask === 'change') standing.text.asked += 1;
    const { facts, origin, secret } = standing;
    const before = { facts: new Set(facts), origin: new Set(origin), secret: { ...secret } };
    const run = await this.#temporal.start(type, IDS.client(client), { client, ...input });
    const started = { ask, run, ...before };
    this.#started.set(client, started);
    return started;
  }

  /** What a run says of itself at its end is so. */
  #judge(client: Client, started: Started, closed: Closed): void {
    const name = `${started.ask} of ${client}`;
    this.#ends.push(closed.how);
    this.#trace.push(`${this.#temporal.now} ${client} ${closed.how}`);
    if (closed.how === 'terminated') return;
    if (closed.how === 'broken') {
      this.#broken.push(`${name} failed its workflow task: ${closed.error.message}`);
      return;
    }
    if (!this.#hindered.has(started.run)) this.#judgeUnhindered(client, started, closed);
    const wrong =
      closed.how === 'done'
        ? this.#wrongResult(client, started, closed.value)
        : this.#unlisted(client, started, closed);
    if (wrong !== undefined) this.#broken.push(`${name} ${wrong}`);
  }

  #wrongResult(client: Client, { origin, secret, ask }: Started, value: unknown): string | undefined {
    const { outcome, kept } = value as { outcome: string; kept: readonly string[] };
    const standing = this.#world.of(client);
    if (standing.change !== undefined) standing.change.completed = true;
    const rotated = standing.secret.inService !== secret.inService || secret.previous > 0;
    const right: Readonly<Record<string, boolean>> = {
      takenBack: differing(standing.facts, origin).length === 0,
      rotated: (standing.isServed || kept.length > 0) && rotated,
      deregistered: standing.isEmpty || kept.length > 0,
      unchanged: ask === 'deregister' ? standing.isEmpty : standing.isServed,
      registered: standing.isServed,
    };
    return right[outcome] === true ? undefined : `says ${outcome}, and there is ${[...standing.facts].join()}`;
  }

  /** Of a run that failed: what is neither as it was nor listed. */
  #unlisted(client: Client, { facts, origin }: Started, closed: Ended): string | undefined {
    const now = this.#world.of(client).facts;
    if (differing(now, facts).length === 0) return undefined;
    const kept = closed.how === 'cancelled' ? [] : keptOf(closed.error);
    const forward = closed.error instanceof ApplicationFailure && closed.error.type === 'Incomplete';
    const unlisted = differing(now, forward ? new Set() : origin).filter((fact) => !isListed(fact, kept));
    if (unlisted.length === 0) return undefined;
    return `${closed.how}, lists "${kept.map(({ what }) => what).join('", "')}", and of ${[...now].join()} leaves ${unlisted.join()}`;
  }

  /** Where nothing has happened to its end a run leaves nothing over, and holds no turn. */
  #judgeUnhindered(client: Client, { ask, run }: Started, closed: Closed): void {
    const name = `${ask} of ${client}`;
    const standing = this.#world.of(client);
    const kept = closed.how === 'failed' ? keptOf(closed.error) : [];
    // What people are to merge first, that it may be taken back, is nobody's fault.
    const waits = kept.some(({ what }) => what === REVERT);
    if (kept.length > 0 && !waits)
      this.#broken.push(`${name} leaves "${kept.map(({ what }) => what).join('", "')}" unhindered`);
    // A rotation lands nothing: the branch of a registration that could not tidy up goes with the next one.
    if (closed.how === 'done' && ASKS[ask].type !== 'rotateSecret' && standing.made.has('branch'))
      this.#broken.push(`${name} has ended and left its branch`);
    // The turn of a change that is half done is the record by which that is gone on with; that of a dead run it may never have asked for.
    if (this.#world.turn?.client === client && this.#taker === run && standing.isDone)
      this.#broken.push(`${name} has ended and holds the turn`);
  }

  async #cancel(workflowId: string): Promise<void> {
    const run = this.#temporal.find(workflowId);
    if (run !== undefined && !this.#cancelled.has(run)) this.#cancelled.set(run, this.#temporal.order);
    await this.#temporal.cancel(workflowId);
  }

  /** No attempt writes once what it did is being taken back. A late undo is over before somebody starts the next run. */
  async #workLate(activity: Activity, run: Run | undefined): Promise<Attempt> {
    if (isEnding(activity.type) && run?.closed !== undefined) return { value: undefined };
    const ended = run?.closed !== undefined && run.closed.how !== 'terminated';
    if (run !== undefined && !isEnding(activity.type) && activity.type !== LOOK && (ended || this.#undoing.has(run)))
      this.#broken.push(`${activity.type} may still write while it is taken back`);
    return this.#work(activity);
  }

  /** What no run that is cancelled begins, and what tells that its undo has begun. */
  #watch(run: Run, { type, args, asked }: Activity): void {
    if (isUndo(type)) this.#undoing.add(run);
    const { client = '' } = (args[0] ?? {}) as { client?: string };
    const cancelled = this.#cancelled.get(run);
    if (cancelled === undefined || asked <= cancelled || !MAKES.has(type)) return;
    // What people have merged goes forward, cancelled or not.
    if (this.#proposals?.stateOf(client) === 'merged') return;
    this.#broken.push(`${type} of ${client} begins after a cancel`);
  }

  async #attempt(activity: Activity, isCancelled: () => boolean): Promise<Attempt> {
    const run = this.#temporal.find(activity.workflowId);
    if (run !== undefined && !isCancelled()) this.#watch(run, activity);
    const { client = '' } = (activity.args[0] ?? {}) as { client?: string };
    this.#world.begins(activity.type, client);
    if (run !== undefined && activity.type === 'landChange') this.#proposers.set(client, run);
    const nth = this.#counts.get(activity.type) ?? 0;
    this.#counts.set(activity.type, nth + 1);
    const strike = this.#calm
      ? undefined
      : this.#schedule.happenings.find((each) => each.activity === activity.type && each.nth === nth)?.strike;
    if (strike !== undefined) this.#struck += 1;
    this.#trace.push(`${this.#temporal.now} ${activity.workflowId} ${activity.type} ${strike ?? ''}`);
    if (run !== undefined && strike !== undefined && hinders(activity.type, strike)) this.#hindered.add(run);
    return this.#strike(strike, activity, isCancelled);
  }

  async #strike(strike: Strike | undefined, activity: Activity, isCancelled: () => boolean): Promise<Attempt> {
    const { workflowId } = activity;
    const run = this.#temporal.find(workflowId);
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
        return { againMs: 1_000, error: timedOut('HEARTBEAT') };
      case 'times out':
        return { error: timedOut() };
      case 'times out, and works late':
        this.#temporal.later(LATE_MS, async () => void (await this.#workLate(activity, run)));
        return { error: timedOut() };
      case 'is cancelled':
        await this.#cancel(workflowId);
        return isCancelled() ? { error: new CancelledFailure('cancelled') } : this.#work(activity);
      case 'is cancelled after its work':
        await this.#cancel(workflowId);
        return this.#work(activity);
      case 'is cancelled, and works on':
        await this.#cancel(workflowId);
        return { lateMs: LATE_MS, ends: () => this.#workLate(activity, run) };
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
        return activity.attempts === 0
          ? { againMs: 3_600_000, error: failure('RateLimited' satisfies ErrorKind, 'too many requests') }
          : this.#work(activity);
      case 'is cancelled later':
      case 'is terminated later':
      case 'is stopped in its undo later':
      case 'is told to look again later':
        if (run !== undefined) this.#temporal.later(this.#schedule.laterMs ?? 500, () => this.#later(strike, run));
        return this.#strike(undefined, activity, isCancelled);
      case 'is told to look again':
        await this.#temporal.signal(workflowId, 'recheck');
        return this.#strike(undefined, activity, isCancelled);
      case undefined:
        if (isCancelled()) return { error: new CancelledFailure('cancelled') };
        return this.#work(activity);
    }
  }

  /** To the run alone to which it was to come: the next one is another's. */
  async #later(strike: Strike, run: Run): Promise<void> {
    const { workflowId } = run;
    if (run.closed !== undefined) return;
    this.#trace.push(`${this.#temporal.now} ${workflowId} ${strike}`);
    if (strike === 'is cancelled later') return this.#cancel(workflowId);
    if (strike === 'is terminated later') return this.#temporal.terminate(workflowId);
    if (strike === 'is told to look again later') return this.#temporal.signal(workflowId, 'recheck');
    this.#hindered.add(run);
    return this.#temporal.update(workflowId, 'stopUndo');
  }

  /** What people do with a pull request. In the end they merge all. */
  #review(proposal: Proposal): void {
    const drawn = this.#schedule.reviews ?? [];
    const review = this.#calm ? undefined : drawn[(this.#reviews += 1) % drawn.length];
    const { deed, ms } = review ?? { deed: 'merge', ms: 1_000 };
    this.#temporal.later(ms, async () => {
      this.#trace.push(`${this.#temporal.now} people: ${deed} of ${proposal.client}, ${proposal.state}`);
      if (deed === 'merge') this.#merge(proposal);
      else if (proposal.state === 'open') proposal.state = 'closed';
    });
  }

  /** What people merge of a run that is dead, the next one has not done. */
  #merge(proposal: Proposal): void {
    const { client } = proposal;
    const standing = this.#world.of(client);
    const before = standing.facts;
    this.#world.merge(proposal);
    const started = this.#started.get(client);
    if (started === undefined || this.#proposers.get(client) === started.run) return;
    const { facts } = started;
    started.origin = standing.origin;
    for (const fact of differing(before, standing.facts))
      if (standing.facts.has(fact)) facts.add(fact);
      else facts.delete(fact);
  }

  async #work({ type, args, workflowId }: Activity): Promise<Attempt> {
    try {
      const given = this.#jobs.given(args);
      const answer = this.#world.act(type, given, async () => this.#fakes[type]?.(...given));
      const value = this.#jobs.note(await answer);
      if (type === 'awaitMerge' && value === undefined)
        return { againMs: 3_600_000, error: failure('NotYet' satisfies ErrorKind, 'it is not merged') };
      if (type !== 'acquireTurn') return { value };
      if (value === undefined)
        return { againMs: 60_000, error: failure('NotYet' satisfies ErrorKind, 'another has the turn') };
      this.#taker = this.#temporal.find(workflowId);
      return { value };
    } catch (error) {
      return { error: error as Error };
    }
  }
}

const LATE_MS = 2_000;

type Ended = Extract<Closed, { how: 'failed' | 'cancelled' }>;

interface Started {
  readonly ask: Ask;
  readonly run: Run;
  readonly facts: Set<Fact>;
  origin: ReadonlySet<Fact>;
  readonly secret: Standing['secret'];
}
