import { eitherWay } from '../../core/run/commands.ts';
import { directionOf } from '../../core/run/direction.ts';
import { otherDestinations, tellsPlaces, type Digests } from '../../core/installation/destinations.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';

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

/**
 * A new run that goes on with one that died does so by that one's plan, so it too goes on only where that one began. No other worker is
 * waited for: this run began with another configuration. Throws `Refused`. Plans of releases whose digest tells no places are let
 * through.
 */
export function assertBeganHere(worker: Digests, { client, changeId, digest, ...job }: Job): void {
  const others = tellsPlaces(digest) ? otherDestinations(digest, worker) : [];
  if (others.length === 0) return;
  const { deed } = directionOf(job);
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'Refused',
    message: `the run of client ${client} that ended half-way (change ${changeId}) began with another configuration than this worker has; it differs in ${others.join(', ')}`,
    remedy: `Give the worker the former registrar.yaml back. ${eitherWay(deed, client)} Change the file then.`,
  });
}
