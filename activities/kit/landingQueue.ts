import { RegistrarError } from '../../core/base/errors.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { GitRepository } from '../../integrations/git/repository.ts';
import type { Deps } from '../deps.ts';

/** Part of the time until the deadline that may go into waiting for others of this worker. */
const PATIENCE = 0.5;

const queues = new WeakMap<GitRepository, Promise<void>>();

/**
 * Runs landed side by side in one clone take turns at each command, so that all but one lose every race for the target
 * branch. One after the other each lands at its first push, and only other workers are raced against. Throws a retryable
 * `Conflict` where the others take too long.
 */
export async function oneLandingAtATime<T>(deps: Deps, deadline: number, work: () => Promise<T>): Promise<T> {
  const before = queues.get(deps.git) ?? Promise.resolve();
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  queues.set(
    deps.git,
    before.then(() => left),
  );
  try {
    const ours = await withTimeout(
      before.then(() => true),
      (deadline - Date.now()) * PATIENCE,
    );
    if (ours !== true) throw queueTooLong(deps);
    return await work();
  } finally {
    leave();
  }
}

function queueTooLong(deps: Deps): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Conflict',
    message: `other runs of this worker are landing on ${deps.installation.gitops.branch}`,
    remedy: 'It is tried again; start fewer runs at once where this lasts.',
  });
}
