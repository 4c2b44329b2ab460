import type { SandboxTimings } from '../../sandbox/world/timings.ts';

const HOUR_MS = 3_600_000;

/** Nothing takes time but the work itself; limits are far away, for a machine that is busy with other things as well. */
export function noWaits(brisk: SandboxTimings['job']): SandboxTimings {
  return {
    controllerMs: 10,
    syncMs: 0,
    kubelet: { everyMs: 10, podStartMs: 0, podStopMs: 0, mountMs: 0, mountLagMs: 0 },
    authentik: { watcherMs: 10, applyMs: 0 },
    job: {
      ...brisk,
      requestMs: 60_000,
      requestRetryMs: HOUR_MS,
      waitMs: HOUR_MS,
      waitRetryMs: HOUR_MS,
      heartbeatMs: 60_000,
      retryInitialMs: 10,
      retryMaximumMs: 100,
      pollMs: 20,
      absentForMs: 20,
      turnMs: HOUR_MS,
      readyMs: HOUR_MS,
      confirmMs: HOUR_MS,
      undoRetryMs: HOUR_MS,
    },
  };
}
