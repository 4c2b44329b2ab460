import { ApplicationFailure, CancellationScope, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/createActivities.ts';
import type { Notice } from '../core/notice.ts';
import type { InstallationSummary, Proposal, UndoReport } from '../core/run.ts';
import { notice as options } from './activityOptions.ts';
import { describeFailure } from './failures.ts';
import type { Progress } from './progress.ts';

/**
 * Tells people about one run. Never throws, cannot be cancelled, and tells each kind and subject once; with no `notify` in
 * registrar.yaml it schedules nothing, so that histories without it replay.
 */
export class Notices {
  readonly #progress: Progress;
  readonly #told = new Set<string>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  async tell({ notify }: InstallationSummary, notice: Notice): Promise<void> {
    const key = `${notice.kind} ${notice.subject}`;
    if (notify?.on.includes(notice.kind) !== true || this.#told.has(key)) return;
    this.#told.add(key);
    try {
      await CancellationScope.nonCancellable(() =>
        proxyActivities<Activities>(options).notify.executeWithOptions({ ...options, summary: notice.title }, [notice]),
      );
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      this.#progress.warn(`Nobody was told "${notice.title}": ${message} ${remedy}`);
    }
  }

  /** Waits, and tells people once that takes longer than `notify.afterMs`. What the wait ends with is passed on. */
  async whileWaiting<T>(installation: InstallationSummary, notice: Notice, wait: () => Promise<T>): Promise<T> {
    const { notify } = installation;
    if (notify?.on.includes(notice.kind) !== true) return wait();
    const timer = new CancellationScope();
    const late = timer.run(async () => {
      await sleep(notify.afterMs);
      await this.tell(installation, notice);
    });
    late.catch(() => undefined);
    try {
      return await wait();
    } finally {
      timer.cancel();
    }
  }

  /** How a run ended that did not end well. A cancel that left nothing behind is what somebody asked for. */
  async tellEnd(installation: InstallationSummary, client: string, error: unknown, aim?: string): Promise<void> {
    if (isCancellation(error)) return;
    await this.tell(installation, endNotice(client, error, aim));
  }
}

/** The turn at an Application is busy. */
export function turnNotice(client: string, [application = '']: readonly string[]): Notice {
  return {
    kind: 'waiting',
    client,
    subject: `turn at ${application}`,
    title: `OIDC client ${client} waits for its turn`,
    text: `The run waits for the turn at Application ${application}.`,
    turnAt: application,
  };
}

/** A change waits for people to merge it. */
export function mergeNotice(client: string, { branch, address }: Proposal): Notice {
  return {
    kind: 'waiting',
    client,
    subject: `merge of ${branch}`,
    title: `OIDC client ${client} waits for a merge`,
    text: address === undefined ? `Merge branch ${branch}.` : `Merge ${address}`,
    ...(address === undefined ? {} : { link: address }),
  };
}

/** What a run tells that ended with this error; `aim` is what did not come about. */
export function endNotice(client: string, error: unknown, aim = 'registered'): Notice {
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  const text = describeFailure(error).message;
  if (type === 'UndoPending') {
    const pending = (error as ApplicationFailure).details?.[0] as UndoReport | undefined;
    const link = pending?.pending?.startsWith('http') === true ? pending.pending : undefined;
    return {
      kind: 'undoPending',
      client,
      subject: 'end',
      title: `Undo of OIDC client ${client} waits for a person`,
      text,
      ...(link === undefined ? {} : { link }),
    };
  }
  const rest = type === 'UndoIncomplete' ? ', and something is left behind' : '';
  return { kind: 'failed', client, subject: 'end', title: `OIDC client ${client} was not ${aim}${rest}`, text };
}
