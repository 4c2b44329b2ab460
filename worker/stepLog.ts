import { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';

/** One line in the worker's log for each activity that ends well: of which client and change, and how long its last attempt took. */
export class StepLog implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const began = Date.now();
    const result = await next(input);
    const { info, log } = Context.current();
    log.info(`${info.activityType} is done`, { ...ofWhom(input.args), tookMs: Date.now() - began });
    return result;
  }
}

/** What every request and every job say of themselves; nothing else of them is logged, or shown in a trace. */
export function ofWhom([first]: readonly unknown[]): { readonly client?: string; readonly changeId?: string } {
  const { client, changeId } = (first ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof client === 'string' ? { client } : {}),
    ...(typeof changeId === 'string' ? { changeId } : {}),
  };
}
