import { otherDestinations, type Digests } from '../core/destinations.ts';
import { RegistrarError } from '../core/errors.ts';

/**
 * A run goes on only where it began: a worker that works elsewhere would find nothing of it there, and say that everything is
 * as it was. Throws `OtherConfiguration`.
 */
export function sameConfiguration(worker: Digests, digest: string): void {
  const others = otherDestinations(digest, worker);
  if (others.length === 0) return;
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'OtherConfiguration',
    message: `the configuration of this worker is not the one that the run began with; it differs in ${others.join(', ')}`,
    remedy: 'Start a worker with the configuration that the run began with.',
  });
}
