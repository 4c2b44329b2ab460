import { ApplicationFailure, CancellationScope, sleep } from '@temporalio/workflow';
import type { Notice } from '../../core/installation/notice.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Proposal, UndoReport } from '../../core/run/reports.ts';
import { ids } from './ids.ts';
import { notice as options } from './activityOptions.ts';
import { ask } from './ask.ts';
import { describeFailure } from './failures.ts';
import type { Progress } from './progress.ts';

/**
 * Tells people about one run. Never throws, cannot be cancelled, and tells each kind and subject once; with no `notify` in
 * registrar.yaml it schedules nothing, so that histories without it replay.
 */
export class Notices {
  readonly #progress: Progress;
  readonly #told = new Set<string>();
  #notify: InstallationSummary['notify'];

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Whom to tell what is the installation's. */
  begin({ notify }: InstallationSummary): void {
    this.#notify = notify;
  }

  async tell(notice: Notice): Promise<void> {
    const key = `${notice.kind} ${notice.subject}`;
    if (this.#notify?.on.includes(notice.kind) !== true || this.#told.has(key)) return;
    this.#told.add(key);
    try {
      await CancellationScope.nonCancellable(() => ask(options, 'notify', notice.title, notice));
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      this.#progress.warn(`Nobody was told "${notice.title}": ${message} ${remedy}`);
    }
  }

  /** Waits, and tells people once that takes longer than `notify.afterMs`. What the wait ends with is passed on. */
  async whileWaiting<T>(notice: Notice, wait: () => Promise<T>): Promise<T> {
    const notify = this.#notify;
    if (notify?.on.includes(notice.kind) !== true) return wait();
    const timer = new CancellationScope();
    const late = timer.run(async () => {
      await sleep(notify.afterMs, { summary: 'before people are told of the wait' });
      await this.tell(notice);
    });
    late.catch(() => undefined);
    try {
      return await wait();
    } finally {
      timer.cancel();
    }
  }
}

/** The turn at the Application is busy. */
export function turnNotice(
  client: string,
  { applications: [application = ''] }: Pick<InstallationSummary, 'applications'>,
): Notice {
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

/** What has landed is not deployed yet, and somebody else deploys it. */
export function deployNotice(client: string, what: string): Notice {
  return {
    kind: 'waiting',
    client,
    subject: `deployment of ${what}`,
    title: `OIDC client ${client} waits to be deployed`,
    text: `The change is on the target branch; the run waits until somebody deploys ${what}.`,
  };
}

/** A system refuses what it took before, or the worker has another configuration. */
export function refusalNotice(client: string, text: string): Notice {
  return {
    kind: 'waiting',
    client,
    subject: `refusal ${text}`,
    title: `The run of OIDC client ${client} waits until it is let in again`,
    text,
  };
}

/** A rotation waits until a person is at hand, before it changes anything. */
export function readyNotice(client: string, byHand: readonly string[], undeclared: readonly string[] = []): Notice {
  return {
    kind: 'waiting',
    client,
    subject: 'ready',
    title: `Rotation of OIDC client ${client} waits until you are ready`,
    text: `Nothing has changed yet. New logins will fail until this is done: ${byHand.join(' and ')}. Begin with: ${updateCommand(client, 'ready')}${alsoRead(undeclared)}`,
  };
}

/** Who would need the new secret beyond those that are asked about, in words after a command. */
export function alsoRead(undeclared: readonly string[]): string {
  return undeclared.length === 0
    ? ''
    : ` (not declared by the registration, and left to you: ${undeclared.join('; ')})`;
}

/** A consumer waits for the new secret. */
export function confirmNotice(client: string, { name, byHand }: RotationConsumer): Notice {
  return {
    kind: 'waiting',
    client,
    subject: `confirm ${name}`,
    title: `${name} needs the new secret of OIDC client ${client}`,
    text: `New logins fail until this is done: ${byHand}. Then: ${updateCommand(client, 'confirm')}`,
  };
}

/** What a person types to tell a run something: as code, for the Temporal UI turns "--" into a dash elsewhere. */
export function updateCommand(client: string, name: string): string {
  return `\`temporal workflow update execute --workflow-id ${ids().client(client)} --name ${name}\``;
}

/** What a run tells that ended with this error. */
export function endNotice(client: string, error: unknown, deed = 'registered'): Notice {
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
  return { kind: 'failed', client, subject: 'end', title: `OIDC client ${client} was not ${deed}${rest}`, text };
}
