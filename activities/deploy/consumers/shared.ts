import { RegistrarError } from '../../../core/base/errors.ts';
import type { Deps } from '../../deps.ts';
import { differences, liveSpec, type ConsumerPlace } from './place.ts';

/** As a sentence, that the object has not gone. */
export async function stillThere(deps: Deps, place: ConsumerPlace): Promise<string | undefined> {
  return (await liveSpec(deps, place)) === undefined ? undefined : `${place.label} is still there`;
}

/** No file makes it any more, so no change of the files takes it away; without the vault's field it would fail. Throws `Refused`. */
export async function assertNotLeft(deps: Deps, place: ConsumerPlace): Promise<void> {
  if ((await stillThere(deps, place)) === undefined) return;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'Refused',
    message: `${place.label} is live, but ${place.consumer.file} of the target branch does not hold it`,
    remedy: 'Have whoever deploys it prune it, or delete it by hand; then start again.',
  });
}

/** An object that says something else now is not deleted. Throws `Refused`. */
export async function assertOurs(deps: Deps, place: ConsumerPlace): Promise<void> {
  const live = await liveSpec(deps, place);
  if (live === undefined) return;
  const paths = differences(place.wanted.spec, live);
  if (paths.length === 0) return;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'Refused',
    message: `${place.label} is not as the registration asks for, at ${paths.join(', ')}`,
    remedy: 'Sync it from the target branch, or delete it by hand if it may go; then start again.',
  });
}
