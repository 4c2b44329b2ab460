import { RegistrarError } from '../core/errors.ts';
import type { Deps } from './deps.ts';

/** Two workers with different configurations must not share a run. Throws `Refused`. */
export function sameConfiguration(deps: Deps, digest: string): void {
  if (deps.digest === digest) return;
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'Refused',
    message: 'the configuration of this worker is not the one that the run began with',
    remedy: 'Give all workers of the task queue the same registrar.yaml, then start again.',
  });
}
