import type { Connection } from '@temporalio/client';
import type { MetricGauge } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { METRICS } from '../../core/run/metrics.ts';
import type { FromTemporal } from './fromTemporal.ts';
import type { Health } from './server.ts';

/** An answer of Temporal counts so long: whoever asks for /readyz in a loop asks Temporal no oftener. */
const FRESH_MS = 2_000;
const ANSWER_MS = 3_000;
/** What Temporal tells for metrics is asked for so often at most, and waited for so long: Prometheus gives up after ten seconds. */
const LOOK_MS = 30_000;
const LOOK_LIMIT_MS = 5_000;

interface Running {
  readonly worker: Pick<Worker, 'getState'>;
  readonly connection: Connection;
  readonly fromTemporal: Pick<FromTemporal, 'look'>;
}

/** What the worker's health is. It is up before it is ready: until {@link runs} nothing polls. */
export class WorkerHealth implements Health {
  readonly #exporterPort: number;
  readonly #ready: MetricGauge;
  #running: Running | undefined;
  #answer: { readonly at: number; readonly given: Promise<boolean> } | undefined;
  #lookedAt = 0;

  /** `exporterPort`: where the SDK's exporter listens on this machine. */
  constructor(exporterPort: number) {
    const { name, help } = METRICS.ready;
    this.#exporterPort = exporterPort;
    this.#ready = Runtime.instance().metricMeter.createGauge(name, 'int', undefined, help);
  }

  /** From here on there is a worker whose state counts. */
  runs(running: Running): void {
    this.#running = running;
  }

  readonly isReady = async (): Promise<boolean> => {
    const running = this.#running;
    if (running?.worker.getState() !== 'RUNNING') return false;
    if (this.#answer === undefined || Date.now() - this.#answer.at > FRESH_MS)
      this.#answer = { at: Date.now(), given: answers(running.connection) };
    return this.#answer.given;
  };

  readonly metrics = async (): Promise<string> => {
    const ready = await this.isReady();
    this.#ready.set(ready ? 1 : 0);
    if (ready) await this.#look();
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`http://127.0.0.1:${this.#exporterPort}/metrics`, { signal });
    if (!answer.ok) throw new Error(`the exporter of the SDK answers with ${answer.status}`);
    return answer.text();
  };

  /** What Temporal does not tell now stays as it was. */
  async #look(): Promise<void> {
    if (Date.now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = Date.now();
    const look = this.#running?.fromTemporal.look().catch(() => undefined);
    if (look !== undefined) await withTimeout(look, LOOK_LIMIT_MS);
  }
}

async function answers(connection: Connection): Promise<boolean> {
  const asked = connection.withDeadline(Date.now() + ANSWER_MS, () => connection.workflowService.getSystemInfo({}));
  return asked.then(
    () => true,
    () => false,
  );
}
