import { isCancellation, metricMeter } from '@temporalio/workflow';
import { SEVERITIES } from '../../core/check/summary.ts';
import type { CheckResult } from '../../core/check/finding.ts';
import { METRICS, type Metric } from '../../core/run/metrics.ts';
import type { StepState } from '../../core/run/progress.ts';
import { describeFailure } from './failures.ts';
import { runs, type RunEnd } from './runEnd.ts';

// Temporal's own meter of a workflow is silent during a replay and is no command: histories know nothing of it.

/** Counts a run that ended well, and tells the worker of it. */
export function countResult(result: unknown): void {
  countRun({ outcome: (result as { readonly outcome?: string } | undefined)?.outcome ?? 'completed' });
}

/** Counts a run that ends with this error, and tells the worker of it. */
export function countFailure(error: unknown): void {
  const outcome = outcomeOf(error);
  countRun({ outcome, ...(outcome === 'cancelled' ? {} : { kind: describeFailure(error).type }) });
}

/** A word for how a run ends that ends with this error. */
export function outcomeOf(error: unknown): string {
  if (isCancellation(error)) return 'cancelled';
  return describeFailure(error).type === 'Incomplete' ? 'incomplete' : 'failed';
}

function countRun(end: RunEnd): void {
  const { outcome } = end;
  metricMeter.createCounter(METRICS.runs.name, undefined, METRICS.runs.help).add(1, { outcome });
  runs.ended(end);
}

/** How long a step took that came to this end. */
export function recordStep(step: string, outcome: StepState, ms: number): void {
  const { name, help } = METRICS.step;
  metricMeter.createHistogram(name, 'float', 's', help).record(ms / 1_000, { step, outcome });
}

/** What a check has found, and since when the secret is the one that it is, where the vault says so. */
export function tellCheck({ client, findings, rotatedAt }: CheckResult): void {
  for (const severity of SEVERITIES) {
    const count = findings.filter((finding) => finding.severity === severity).length;
    setGauge(METRICS.findings, count, { client, severity });
  }
  setGauge(METRICS.checked, Date.now() / 1_000, { client });
  if (rotatedAt !== undefined) tellSecret(client, Date.parse(rotatedAt));
}

/** A client's secret is the one that it is since then, in milliseconds since 1970. */
export function tellSecret(client: string, at: number): void {
  if (Number.isFinite(at)) setGauge(METRICS.rotated, at / 1_000, { client });
}

/** A client is gone, and with it what a check or a rotation told of it: NaN meets no condition of an alert. */
export function forgetClient(client: string): void {
  for (const severity of SEVERITIES) setGauge(METRICS.findings, Number.NaN, { client, severity });
  for (const metric of [METRICS.checked, METRICS.rotated]) setGauge(metric, Number.NaN, { client });
}

function setGauge({ name, help }: Metric, value: number, labels: Readonly<Record<string, string>>): void {
  metricMeter.createGauge(name, 'float', undefined, help).set(value, { ...labels });
}
