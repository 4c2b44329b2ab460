import type { RemovalRequest } from '../../core/run/deregistration.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { carried } from '../preflight/carried.ts';
import { ofOneMoment } from '../preflight/ofOneMoment.ts';
import { Problems, told } from '../preflight/problems.ts';
import { resourcesOf, hasOurEntry } from '../state/ourResources.ts';
import { pendingFields } from '../state/pendingFields.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { OF_THE_QUESTION, judgesOf, reservations } from './judges.ts';
import { datesOf, ownFields, purgedFields } from './ownFields.ts';
import { type RemovalWorld, readGround, readRemoval } from './readRemoval.ts';
import { lostForGood, remainingAfter } from './remaining.ts';

/**
 * Reads everything and changes nothing. Returns the job that takes the registration out, with what stays and what is lost
 * for good, or refuses with every problem at once: a consumer that still refers to the client, an entry that somebody has
 * changed, an application that others use.
 */
export async function planRemoval(deps: Deps, request: RemovalRequest): Promise<Plan & StepReport> {
  return ofOneMoment(deps, async () => {
    const world = await readRemoval(deps, request);
    const { job, standing, target } = world;
    const problems = new Problems();
    await problems.judge(world, OF_THE_QUESTION);
    if (problems.none && !standing.continued && (await isGone(world)))
      return { problems, target, answer: () => nothingThere(job) };
    // Past the point of no return nothing holds the run up.
    const warnings = standing.committed ? [] : await judged(world, problems);
    return { problems, target, answer: () => carried(planOf(world, warnings)) };
  });
}

function nothingThere(job: Job): Plan & StepReport {
  return { job, unchanged: true, warnings: fileAlone(job), remaining: [], note: 'nothing of it is there' };
}

/** Adds what is refused before anything is taken out, and returns what a person has to know. */
async function judged(world: RemovalWorld, problems: Problems): Promise<readonly string[]> {
  const { deps, job } = world;
  const ground = await readGround(world);
  await problems.judge(ground, judgesOf(world));
  const forced = job.removal?.force === true ? reservations(ground) : [];
  const drift =
    job.continued || !problems.none ? [] : await problems.collect(() => deployerOf(deps).checkLive(deps, job));
  return [...forced.map(({ message }) => `forced: ${message}`), ...(drift ?? [])];
}

function planOf(world: RemovalWorld, warnings: readonly string[]): Plan & StepReport {
  const { deps, job, standing, token, accounts, contents, found } = world;
  return {
    job,
    unchanged: false,
    warnings: [
      ...told(token).warnings,
      ...warnings,
      ...(standing.continued ? [`continues change ${standing.changeId} of a run that ended half-way`] : []),
      ...accounts.kept.map(({ what, why }) => `${what} stays: ${why}`),
      ...lostForGood(deps, job, accounts, contents),
    ],
    remaining: remainingAfter(job, found.otherFile, contents),
    note: `${job.edits.filter((edit) => edit.kind !== 'alreadyThere').length} entries to take out`,
  };
}

/** The file stays: it asks for a client that somebody may be about to register. */
function fileAlone({ client, removal }: Job): readonly string[] {
  return removal?.file === undefined
    ? []
    : [`${removal.file} stays, and nothing else of ${client} is there: delete it unless ${client} is to be registered`];
}

/** Whether there is nothing left to take out. A registration file alone is no registration: nobody may have run it yet. */
async function isGone({ deps, job, contents, accounts }: RemovalWorld): Promise<boolean> {
  const { names, removal } = job;
  if (job.edits.some(({ kind, path }) => kind !== 'alreadyThere' && path !== removal?.file)) return false;
  for (const resource of resourcesOf(job.names)) if (await hasOurEntry(deps, job, resource)) return false;
  for (const consumer of liveConsumersOf(deps, job)) if ((await consumer.lingering()) !== undefined) return false;
  if (deps.installation.authentik.undo === 'delete') {
    const { application, provider } = removal?.ours ?? { application: true, provider: true };
    if (job.before.instance || accounts.remove.length > 0) return false;
    if ((application && job.before.application) || (provider && job.before.provider)) return false;
  }
  const leftDate = fieldOf(contents, names.vaultField) === undefined && datesOf(contents, names.vaultField).length > 0;
  const own = ownFields(contents, job);
  if (leftDate || own.inService !== undefined || own.clientId !== undefined) return false;
  if (pendingFields(contents, names.vaultField).length > 0) return false;
  return purgedFields(contents, job).length === 0;
}
