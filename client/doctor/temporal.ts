import type { Client } from '@temporalio/client';
import { RegistrarError } from '../../core/base/errors.ts';
import { TASK_QUEUE } from '../../core/base/taskQueue.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { askTemporal } from '../temporalErrors.ts';

/** A worker that polls, as Temporal last saw it. */
export interface Poller {
  /** `pid@host`, unless it was told otherwise. */
  readonly identity: string;
  /** Milliseconds of the epoch; undefined where Temporal does not tell. */
  readonly seenAt: number | undefined;
}

/** A poll lasts a minute at most: whoever has not polled for longer is gone, and Temporal lists it for some minutes yet. */
const GONE_AFTER_MS = 90_000;

/** Who polls the task queue now: for workflow tasks, of which the server tells where no kind is named. A worker of ours polls both. */
export async function pollersOf(client: Client): Promise<readonly Poller[]> {
  const { namespace } = client.options;
  const request = { namespace, taskQueue: { name: TASK_QUEUE } };
  const { pollers } = await askTemporal(() => client.workflowService.describeTaskQueue(request));
  return (pollers ?? [])
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      seenAt: lastAccessTime == null ? undefined : Number(lastAccessTime.seconds) * 1000,
    }))
    .filter(({ seenAt }) => seenAt === undefined || Date.now() - seenAt < GONE_AFTER_MS);
}

/** How long the namespace remembers runs that have ended, in milliseconds; undefined where the server does not tell. Throws `NotFound`. */
export async function retentionOf(client: Client): Promise<number | undefined> {
  const { namespace } = client.options;
  const { config } = await askTemporal(() => client.workflowService.describeNamespace({ namespace }));
  const seconds = config?.workflowExecutionRetentionTtl?.seconds;
  return seconds == null ? undefined : Number(seconds) * 1000;
}

/** Whether Temporal remembers ended runs for as long as the job may need them. */
export function judgeRetention(retentionMs: number | undefined, neededMs: number): DoctorFinding {
  const of = { system: 'Temporal', what: 'retention' } as const;
  if (retentionMs === undefined) return { ...of, severity: 'well', message: 'the server does not tell it' };
  const message = `runs that have ended are remembered for ${days(retentionMs)}`;
  if (retentionMs >= neededMs) return { ...of, severity: 'well', message };
  const wanted = Math.ceil(neededMs / HOUR_MS);
  return {
    ...of,
    severity: 'warning',
    message: `${message}, and people have ${days(neededMs)} (timings of registrar.yaml): a run that died is taken up again by its history, and an undo without it deletes nothing in Authentik`,
    remedy: `Remember them for longer: temporal operator namespace update --retention ${wanted}h <namespace>`,
  };
}

const HOUR_MS = 3_600_000;

function days(ms: number): string {
  const hours = Math.round((ms / HOUR_MS) * 10) / 10;
  return hours >= 48 && hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
}

/** What Temporal refused, as a finding. */
export function refusedFinding(what: string, error: unknown): DoctorFinding {
  if (!(error instanceof RegistrarError)) throw error;
  const { system, message, remedy } = error;
  return { system, what, severity: 'error', message, remedy };
}
