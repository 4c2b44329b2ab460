import { Runtime, type RuntimeOptions } from '@temporalio/worker';
import { METRICS, RUN_OUTCOMES } from '../../core/run/metrics.ts';
import { freeLocalPort } from './address.ts';

/** Seconds: from a request to a wait of days. */
const STEP_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400, 259_200];
/** Another program may take a port between the moment it is found free and its use. */
const TRIES = 3;

/**
 * Installs the SDK's runtime. With metrics, its exporter listens on this machine alone: the answer is its port. Throws where no
 * port can be had.
 */
export async function installRuntime(
  logger: NonNullable<RuntimeOptions['logger']>,
  withMetrics: boolean,
): Promise<number | undefined> {
  const logging = { forward: {}, filter: 'ERROR' };
  if (!withMetrics) {
    Runtime.install({ logger, telemetryOptions: { logging } });
    return undefined;
  }
  for (let tries = 1; ; tries += 1) {
    const port = await freeLocalPort();
    const prometheus = {
      bindAddress: `127.0.0.1:${port}`,
      useSecondsForDurations: true,
      histogramBucketOverrides: { [METRICS.step.name]: STEP_BUCKETS },
    };
    try {
      Runtime.install({ logger, telemetryOptions: { logging, metrics: { prometheus } } });
      return port;
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

/** Prometheus sees no increase in a series that begins with 1: the first failed run would go unseen. */
export function beginCounters(namespace: string, taskQueue: string): void {
  const { name, help } = METRICS.runs;
  const counter = Runtime.instance().metricMeter.createCounter(name, undefined, help);
  for (const [workflowType, outcomes] of Object.entries(RUN_OUTCOMES)) {
    for (const outcome of outcomes) counter.add(0, { namespace, taskQueue, workflowType, outcome });
  }
}
