import { Context } from '@temporalio/activity';
import type { Notice } from '../../core/installation/notice.ts';
import type { Deps } from '../deps.ts';

/** Tells people about a run. Nothing is sent where registrar.yaml has no `notify`, or not for this kind. */
export async function notify(deps: Deps, notice: Notice): Promise<void> {
  const { kind, client, title, text, link, turnAt } = notice;
  if (deps.notifier === undefined || deps.installation.notify?.on.includes(kind) !== true) return;
  const holder = turnAt === undefined ? '' : await holderOf(deps, turnAt);
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? deps.runs.idOf(client);
  await deps.notifier.send({
    kind,
    client,
    workflowId,
    title,
    text: `${text}${holder}`,
    ...(link === undefined ? {} : { link }),
  });
}

/** A word on who holds the turn; the notice goes out without it where that cannot be read. */
async function holderOf(deps: Deps, application: string): Promise<string> {
  const lease = await deps.leases.read(application).catch(() => undefined);
  return lease?.holder === undefined ? '' : ` It is held by ${lease.holder.workflowId}.`;
}
