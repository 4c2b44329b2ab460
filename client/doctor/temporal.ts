import type { Client } from '@temporalio/client';
import { RegistrarError } from '../../core/base/errors.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { askTemporal } from '../temporalErrors.ts';
import { ids } from '../ids.ts';

/** A build of a deployment, as Worker Versioning knows it. */
export interface Version {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** A worker that polls, as Temporal last saw it. */
export interface Poller {
  /** `pid@host`, unless it was told otherwise. */
  readonly identity: string;
  /** Milliseconds of the epoch; undefined where Temporal does not tell. */
  readonly seenAt: number | undefined;
  /** Undefined of a worker that takes every task. */
  readonly version: Version | undefined;
}

/** Who polls the task queue, and which build gets new runs: none where workers without a version do. */
export interface Polling {
  readonly pollers: readonly Poller[];
  readonly current: Version | undefined;
}

/** A poll lasts a minute at most: whoever has not polled for longer is gone, and Temporal lists it for some minutes yet. */
const GONE_AFTER_MS = 90_000;

/** temporal.api.enums.v1.WorkerVersioningMode. */
const VERSIONED = 2;

/** Who polls now: for workflow tasks, of which the server tells where no kind is named. A worker of ours polls both. */
export async function pollingOf(client: Client): Promise<Polling> {
  const { namespace } = client.options;
  const request = { namespace, taskQueue: { name: ids().taskQueue } };
  const { pollers, versioningInfo } = await askTemporal(() => client.workflowService.describeTaskQueue(request));
  return {
    pollers: (pollers ?? [])
      .map(({ identity, lastAccessTime, deploymentOptions }) => ({
        identity: identity ?? '',
        seenAt: lastAccessTime == null ? undefined : Number(lastAccessTime.seconds) * 1000,
        version:
          Number(deploymentOptions?.workerVersioningMode) === VERSIONED ? versionOf(deploymentOptions) : undefined,
      }))
      .filter(({ seenAt }) => seenAt === undefined || Date.now() - seenAt < GONE_AFTER_MS),
    current: versionOf(versioningInfo?.currentDeploymentVersion),
  };
}

/** Undefined where the server tells none. */
export function versionOf(
  told: { readonly deploymentName?: string | null; readonly buildId?: string | null } | null | undefined,
): Version | undefined {
  const { deploymentName, buildId } = told ?? {};
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
}

export function isSame(a: Version | undefined, b: Version | undefined): boolean {
  return a?.deploymentName === b?.deploymentName && a?.buildId === b?.buildId;
}

/** Undefined where new runs reach a worker. */
export function unreached({ pollers, current }: Polling): DoctorFinding | undefined {
  if (pollers.length === 0 || pollers.some(({ version }) => isSame(version, current))) return undefined;
  const [version = current] = pollers.flatMap((poller) => poller.version ?? []);
  const whom = current === undefined ? 'workers without a build id' : `build ${current.buildId}`;
  const to = pollers.every((poller) => poller.version === undefined)
    ? '--unversioned'
    : `--build-id ${version?.buildId}`;
  return {
    system: 'Temporal',
    what: 'worker',
    severity: 'error',
    message: `new runs go to ${whom}, and no such worker polls; the other systems were not looked at`,
    remedy: `Give them to a worker that polls: temporal worker deployment set-current-version --deployment-name ${version?.deploymentName} ${to}`,
  };
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
