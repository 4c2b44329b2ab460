import type { RemovalReport } from '../../core/deregistration.ts';
import { addedBy, type Job, type Kept, type Undone } from '../../core/run.ts';
import { RegistrarError } from '../../core/errors.ts';
import { withLeftoverSecret } from '../consumers/deliver.ts';
import { consumerDeployerOf } from '../consumers/deployers.ts';
import { differences, liveSpec, notDelivered, placesOf, type ConsumerPlace } from '../consumers/place.ts';
import { waitForConsumerValue } from '../consumers/value.ts';
import { sameInstallation, type Deps } from '../deps.ts';
import { ensureRemoval, targetHead } from '../runBranch.ts';
import { journalled } from '../undoJournal.ts';
import { beating } from '../wait.ts';
import { asRegistered } from './asRegistered.ts';

/** Takes the consumers' ExternalSecrets out of their clusters: they name the vault field, and their services come first. */
export async function takeFromConsumers(deps: Deps, job: Job): Promise<RemovalReport> {
  sameInstallation(deps, job.digest);
  return beating(async () => {
    const landed = job.land === 'first';
    const commit = landed ? await freshTarget(deps) : await ensureRemoval(deps, job);
    const removed: string[] = [];
    const kept: Kept[] = [];
    for (const place of placesOf(deps, job)) {
      if (!addedBy(job, place.entry)) continue;
      await assertOurs(deps, place);
      const purpose = `takeFromConsumers-${place.index}`;
      await consumerDeployerOf(deps).remove(deps, { job, place, purpose, commit, landed });
      removed.push(place.label);
      kept.push(...(await withLeftoverSecret(deps, place)).kept);
    }
    return { removed, kept, note: removed.length === 0 ? 'none was there' : `${removed.join(', ')} gone` };
  });
}

async function freshTarget(deps: Deps): Promise<string> {
  await deps.git.fetch();
  return targetHead(deps);
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

/** Deploys them again and waits until their Secrets hold the vault's value. */
export async function undoTakeFromConsumers(deps: Deps, job: Job): Promise<Undone> {
  return beating(() =>
    journalled(async (journal) => {
      const deployer = consumerDeployerOf(deps);
      for (const place of placesOf(deps, job).toReversed()) {
        if (!addedBy(job, place.entry)) continue;
        await deployer.outlast(deps, place);
        if ((await notDelivered(deps, place)) !== undefined) {
          const deed = { what: place.label, done: `${place.label} is there again` };
          await journal.begin(deed);
          const landed = job.land === 'first';
          const commit = landed ? await freshTarget(deps) : job.base;
          const purpose = `undo-takeFromConsumers-${place.index}`;
          await deployer.bring(deps, { job, place, purpose, commit, landed });
          journal.done(deed);
        }
        await waitForConsumerValue(deps, asRegistered(job), place);
      }
      return { kept: [], blocks: false };
    }),
  );
}
