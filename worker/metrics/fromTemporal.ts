import type { Client, ScheduleSummary } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import { fewAtOnce } from '../../core/base/fewAtOnce.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { METRICS, WAIT_AGES } from '../../core/run/metrics.ts';
import { PERSON_WAITS, type ProgressView } from '../../core/run/progress.ts';
import { type Ids, openRunsQuery } from '../../core/run/ids.ts';
import { listedRotations } from '../../integrations/temporal/temporalSchedules.ts';
import { runsFound } from '../temporalAnswers.ts';

/** So many open runs are asked what they wait for, so many at once, each so long: a worker has other work. */
const MOST_RUNS = 200;
const AT_ONCE = 4;
const QUERY_MS = 3_000;

/** What no worker sees by itself, and Temporal tells: the waits of runs that are open, and schedules. */
export class FromTemporal {
  readonly #client: Client;
  readonly #ids: Ids;
  readonly #waits;
  readonly #interval;
  readonly #next;
  #scheduled: ReadonlySet<string> = new Set();

  constructor(client: Client, ids: Ids, meter: MetricMeter) {
    this.#client = client;
    this.#ids = ids;
    const gauge = ({ name, help }: (typeof METRICS)[keyof typeof METRICS]) =>
      meter.createGauge(name, 'float', undefined, help);
    this.#waits = gauge(METRICS.waits);
    this.#interval = gauge(METRICS.interval);
    this.#next = gauge(METRICS.nextRotation);
  }

  /** Asks, and sets the gauges. Throws what the client throws. */
  async look(): Promise<void> {
    await Promise.all([this.#lookAtWaits(), this.#lookAtSchedules()]);
  }

  async #lookAtWaits(): Promise<void> {
    const waits = await this.#openWaits();
    for (const what of PERSON_WAITS) {
      for (const [older_than, seconds] of Object.entries(WAIT_AGES)) {
        const since = Date.now() - seconds * 1_000;
        this.#waits.set(waits.filter((wait) => wait.what === what && wait.since <= since).length, {
          waits_for: what,
          older_than,
        });
      }
    }
  }

  async #openWaits(): Promise<readonly NonNullable<ProgressView['waitsForPeople']>[]> {
    const open: string[] = [];
    for await (const { workflowId } of runsFound(this.#client, openRunsQuery(this.#ids)))
      if (open.push(workflowId) === MOST_RUNS) break;
    const views = await fewAtOnce(open, AT_ONCE, async (id) => {
      const asked = this.#client.workflow.getHandle(id).query<ProgressView>('progress');
      // A run that ends meanwhile, or that no worker has yet, tells nothing.
      return withTimeout(asked, QUERY_MS).catch(() => undefined);
    });
    return views.flatMap((view) => view?.waitsForPeople ?? []);
  }

  async #lookAtSchedules(): Promise<void> {
    const found = new Set<string>();
    for await (const { name, schedule } of listedRotations(this.#client, this.#ids)) {
      found.add(name);
      this.#set(name, timesOf(schedule));
    }
    for (const client of this.#scheduled) if (!found.has(client)) this.#set(client, NOTHING);
    this.#scheduled = found;
  }

  #set(client: string, { interval, next }: Times): void {
    this.#interval.set(interval, { client });
    this.#next.set(next, { client });
  }
}

interface Times {
  readonly interval: number;
  readonly next: number;
}

/** A series cannot be taken back; NaN meets no condition of an alert. */
const NOTHING: Times = { interval: Number.NaN, next: Number.NaN };

/** In seconds. The interval is what lies between the next two rotations; a schedule that is paused has no next one. */
function timesOf({ info, state }: ScheduleSummary): Times {
  const [next, after] = info.nextActionTimes.map((time) => time.getTime() / 1_000);
  return {
    interval: next === undefined || after === undefined ? Number.NaN : after - next,
    next: state.paused || next === undefined ? Number.NaN : next,
  };
}
