import type { InstallationInput } from '../../core/installation/installation.ts';
import type { WorkerTimings } from '../authentik/worker.ts';
import type { KubeletOptions } from '../kubernetes/kubelet.ts';

/** How slow the sandbox's systems are, and how patient the job is with them. Milliseconds. */
export interface SandboxTimings {
  /** Between two looks of a controller. */
  readonly controllerMs: number;
  /** What an Argo CD sync takes. */
  readonly syncMs: number;
  readonly kubelet: KubeletOptions['timings'];
  readonly authentik: WorkerTimings;
  readonly job: NonNullable<InstallationInput['timings']>;
}

/** As quick as the stand-ins go: for tests. */
export const BRISK: SandboxTimings = {
  controllerMs: 40,
  syncMs: 20,
  kubelet: { everyMs: 40, podStartMs: 60, podStopMs: 60, mountMs: 60, mountLagMs: 150 },
  authentik: { watcherMs: 60, applyMs: 30 },
  job: {
    requestMs: 15_000,
    requestRetryMs: 30_000,
    rateLimitMs: 30_000,
    rateLimitPauseMs: 1_000,
    waitMs: 20_000,
    waitRetryMs: 40_000,
    heartbeatMs: 3_000,
    retryInitialMs: 100,
    retryMaximumMs: 1_000,
    pollMs: 80,
    forceSyncMs: 500,
    applyAgainMs: 3_000,
    absentForMs: 300,
    turnPollMs: 200,
    turnMs: 60_000,
    mergeMs: 60_000,
    mergePollMs: 200,
    deployPollMs: 200,
    deployMs: 60_000,
    readyMs: 60_000,
    confirmMs: 60_000,
    undoRetryMs: 20_000,
  },
};

const HOUR_MS = 3_600_000;

/** Slow enough to watch: for people, who have an hour where they are waited for. */
export const WATCHABLE: SandboxTimings = {
  controllerMs: 100,
  syncMs: 400,
  kubelet: { everyMs: 100, podStartMs: 700, podStopMs: 300, mountMs: 300, mountLagMs: 1_200 },
  authentik: { watcherMs: 700, applyMs: 300 },
  job: {
    ...BRISK.job,
    pollMs: 250,
    forceSyncMs: 2_000,
    applyAgainMs: 3_000,
    absentForMs: 1_000,
    turnPollMs: 500,
    readyMs: HOUR_MS,
    confirmMs: HOUR_MS,
    mergeMs: HOUR_MS,
    deployMs: HOUR_MS,
  },
};
