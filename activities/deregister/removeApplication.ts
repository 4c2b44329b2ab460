import type { RemovalReport } from '../../core/run/deregistration.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { clientSecret } from '../state/clientVault.ts';
import { isApplied } from '../authentik/putBack.ts';
import { appliedAsWanted } from '../authentik/appliedAsWanted.ts';
import { removeClient } from '../authentik/removeFromAuthentik.ts';
import { Remover } from '../authentik/remover.ts';
import { applyBlueprint, waitForMount } from '../waits/blueprint.ts';
import {
  NOTHING_LEFT,
  journalled,
  journalledRemoval,
  type UndoRemainder,
  type UndoJournal,
} from '../kit/undoJournal.ts';
import { asRegistered } from '../../core/run/asRegistered.ts';

/**
 * Deletes blueprint instance, application and provider, as far as nobody else uses them. All three can be made again by the
 * blueprint with the secret that is still in the vault; sessions and tokens of the application end here.
 */
export async function removeApplication(deps: Deps, job: Job): Promise<RemovalReport> {
  if (deps.installation.authentik.undo === 'keep') return { kept: [keptBySetting(job)], note: 'kept by setting' };
  return journalledRemoval(async (journal) => {
    const remover = new Remover(deps, journal);
    await removeClient(deps, withOursAlone(job), remover);
    return remover.kept;
  }, 'nothing');
}

/** The job as if others' objects of our names, and only they, had been there before: those are never deleted. */
function withOursAlone(job: Job): Job {
  const ours = job.removal?.ours;
  const before = {
    ...job.before,
    application: ours?.application === false,
    provider: ours?.provider === false,
    instance: ours?.instance === false,
    ...(ours?.provider === false ? {} : { secrets: [] }),
  };
  return { ...job, before };
}

/**
 * Makes the objects again where they are gone: the blueprint, which is mounted again, is applied, and everything must read
 * back as asked and accept the vault's secret. Where all are there it is applied too: an old pod without the variable may
 * have seen the file come back, and its apply ends as an error. Only a forced run leaves that out, for Authentik may hold
 * more than the blueprint says.
 */
export async function undoRemoveApplication(deps: Deps, job: Job): Promise<Undone> {
  return journalled((journal) => makeAgain(deps, job, journal));
}

async function makeAgain(deps: Deps, job: Job, journal: UndoJournal): Promise<UndoRemainder> {
  // Without a blueprint on the target branch they cannot have been there by it, and nothing makes them again.
  if (!changedBy(job, 'configMap')) return NOTHING_LEFT;
  const whole = await isWhole(deps, job);
  if (whole && job.removal?.force === true) return NOTHING_LEFT;
  const what = `Authentik application ${job.names.slug}`;
  const deeds = whole ? [] : [{ what, done: `${what} works again with the same secret` }];
  const registered = asRegistered(job);
  await waitForMount(deps, registered);
  await journal.begin(...deeds);
  await appliedAsWanted(deps, registered, await applyBlueprint(deps, registered));
  await assertSecretWorks(deps, job);
  journal.done(...deeds);
  return NOTHING_LEFT;
}

/** Whether everything that was there before is there; what it says beside the registration is not ours to judge. */
async function isWhole(deps: Deps, job: Job): Promise<boolean> {
  const { before, names } = job;
  const { authentik } = deps;
  if (before.instance && !(await isApplied(deps, job))) return false;
  if (before.application && (await authentik.application(names.slug))?.provider == null) return false;
  return !before.provider || (await authentik.providerByName(names.providerName)) !== undefined;
}

async function assertSecretWorks(deps: Deps, job: Job): Promise<void> {
  const secret = await clientSecret(deps, job.names);
  if (secret === undefined || (await deps.authentik.testSecret(job.names.clientId, secret)) === 'right') return;
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Failed',
    message: `Authentik refuses the vault's secret for ${job.names.clientId} after its blueprint was applied again`,
    remedy: `Restart Authentik's worker, apply ${job.names.blueprintPath} in the admin interface, and see that the secret is accepted.`,
  });
}

function keptBySetting(job: Job) {
  return {
    what: `what blueprint ${job.names.blueprintPath} made in Authentik`,
    why: 'registrar.yaml says authentik.undo: keep. The application keeps its bindings, and its secret stays valid.',
    remedy: 'Delete instance, application, provider, groups and service accounts by hand, the application first.',
  };
}
