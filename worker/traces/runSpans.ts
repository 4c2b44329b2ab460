import { randomBytes } from 'node:crypto';
import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, InjectedSinks, Next } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { clientOfId } from '../../core/run/ids.ts';
import { RUN_OUTCOMES } from '../../core/run/metrics.ts';
import { own } from '../../core/base/own.ts';
import type { RunEnd, RunSinks } from '../../workflows/kit/runEnd.ts';
import { ofWhom } from '../stepLog.ts';
import type { Span, Spans } from './span.ts';

// A run's trace has the id of the run itself, without its dashes. So workers that know nothing of each other write into one trace, no
// header need pass through a workflow, and people come from Temporal to the trace by what both show.

function traceOf(runId: string): string {
  return runId.replaceAll('-', '');
}

/** The span of the run itself, which is told last and is the parent of all others from the first on. */
function spanOfRun(runId: string): string {
  return traceOf(runId).slice(-16);
}

/** One span for each attempt of an activity. */
export class AttemptSpans implements ActivityInboundCallsInterceptor {
  readonly #spans: Spans;

  constructor(spans: Spans) {
    this.#spans = spans;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { info } = Context.current();
    const began = Date.now();
    try {
      const result = await next(input);
      this.#tell(info, input, began, { outcome: 'done' });
      return result;
    } catch (error) {
      this.#tell(info, input, began, endOf(error));
      throw error;
    }
  }

  #tell(info: Info, { args }: ActivityExecuteInput, began: number, end: AttemptEnd): void {
    const { workflowExecution: run, workflowType = '' } = info;
    // The repeated looks of a wait may be thousands: the first tells that it began, and the one that ends it how.
    if (run === undefined || (end.outcome === 'notYet' && info.attempt > 1)) return;
    const { client, changeId } = ofWhom(args);
    this.#spans.add({
      name: info.activityType,
      traceId: traceOf(run.runId),
      spanId: randomBytes(8).toString('hex'),
      // Runs of other types tell no end: theirs stand side by side.
      ...(own(RUN_OUTCOMES, workflowType) === undefined ? {} : { parentId: spanOfRun(run.runId) }),
      began,
      ended: Date.now(),
      failed: end.outcome === 'failed',
      attributes: attributesOf(run, workflowType, {
        'temporal.attempt': info.attempt,
        ...(client === undefined ? {} : { 'oidc_registrar.client': client }),
        'oidc_registrar.change_id': changeId,
        'oidc_registrar.outcome': end.outcome,
        'oidc_registrar.system': end.system,
        'error.type': end.kind,
      }),
    });
  }
}

interface AttemptEnd {
  readonly outcome: 'done' | 'notYet' | 'failed' | 'cancelled';
  readonly kind?: string | undefined;
  readonly system?: string | undefined;
}

/** What failed stands in the run's history in words, which a data converter may encrypt: here are kind and system alone. */
function endOf(error: unknown): AttemptEnd {
  if (error instanceof CancelledFailure) return { outcome: 'cancelled' };
  if (!(error instanceof ApplicationFailure)) return { outcome: 'failed' };
  const { system } = (error.details?.[0] ?? {}) as { readonly system?: unknown };
  return {
    outcome: error.type === 'NotYet' ? 'notYet' : 'failed',
    kind: error.type ?? undefined,
    system: typeof system === 'string' ? system : undefined,
  };
}

/** What a worker does where runs tell their end: a span where there are traces, else nothing. */
export function runSinks(spans: Spans | undefined): InjectedSinks<RunSinks> {
  return { runs: { ended: { fn: (info, end) => spans?.add(spanOf(info, end)), callDuringReplay: false } } };
}

function spanOf(info: WorkflowInfo, { outcome, kind }: RunEnd): Span {
  return {
    name: info.workflowType,
    traceId: traceOf(info.runId),
    spanId: spanOfRun(info.runId),
    began: info.startTime.getTime(),
    ended: Date.now(),
    failed: outcome === 'failed' || outcome === 'incomplete',
    attributes: attributesOf(info, info.workflowType, {
      'oidc_registrar.outcome': outcome,
      'error.type': kind,
    }),
  };
}

function attributesOf(
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  workflowType: string,
  more: Readonly<Record<string, string | number | undefined>>,
): Span['attributes'] {
  const all = {
    'temporal.workflow_type': workflowType,
    'temporal.workflow_id': workflowId,
    'temporal.run_id': runId,
    'oidc_registrar.client': clientOfId(workflowId),
    ...more,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
