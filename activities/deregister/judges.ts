import { command } from '../../core/run/commands.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import { type RegistrarError, refused } from '../../core/base/errors.ts';
import { compareState } from '../../core/authentik/wantedState.ts';
import { kindOf } from '../../core/consumers/consumersOf.ts';
import type { Job } from '../../core/run/job.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import { applicationCandidate, providerCandidate } from '../authentik/removeFromAuthentik.ts';
import { usersOf } from '../authentik/remover.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { checkUsedBy } from '../preflight/authentik.ts';
import { assertRefreshed, assertRollsOut, toldOfSecret } from '../preflight/cluster.ts';
import { assertOwnPlace } from '../preflight/ownItem.ts';
import { refusedInline } from '../preflight/policy.ts';
import { type Judge, ofSecret, refusedOf, told } from '../preflight/problems.ts';
import { assertUnclaimed } from '../state/unclaimed.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import type { ExistingObjects } from '../preflight/world.ts';
import { type RemovalGround, type RemovalWorld, isAsked } from './readRemoval.ts';

/** Of the question itself: whether it can be answered at all. In the order in which people read it. */
export const OF_THE_QUESTION: readonly Judge<RemovalWorld>[] = [
  isTooLate,
  ({ rendered }) => void told(rendered),
  ({ token }) => void told(token),
  ({ deps, registration }) => checkUsedBy(deps, registration.spec.groups.length > 0),
  // The client's section in Git is that of the registration, whoever brings it: that much may always be taken out.
  ({ deps, request, job, sections }) =>
    job.continued || bySection(job).every(({ blueprint }) => sections.includes(blueprint.text))
      ? []
      : refusedInline(deps, request.input, job),
  ({ edits }) => void told(edits),
];

/** Past its point of no return a deregistration is only finished: whoever asks for the client back is not answered by its end. */
function isTooLate({ request, job, standing }: RemovalWorld): readonly RegistrarError[] {
  if (!standing.committed || !isAsked(request.input, 'takeBack')) return [];
  const message = `the deregistration of ${job.client} has passed its point of no return`;
  const remedy = `${command('deregister', job.client)} finishes it; ${command('register', job.client)} makes the client anew.`;
  return [refused('oidc-registrar', message, remedy)];
}

/** What must be right before anything is taken out, in the order in which people read it. */
export function judgesOf({ deps, job }: RemovalWorld): readonly Judge<RemovalGround>[] {
  const { checks, checksOfNow } = deployerOf(deps);
  // What a dead run has begun with was judged then.
  const ofFresh = (...judges: readonly Judge<RemovalGround>[]) => (job.continued ? [] : judges);
  return [
    ...ofFresh(
      ({ deps: systems, job: { names }, contents }) => assertOwnPlace(systems, names, contents),
      isUnclaimed,
      (ground) => (job.removal?.force === true ? [] : reservations(ground)),
      isUnused,
    ),
    ...[...checks, ...checksOfNow].map((check) => () => check(deps, true)),
    ofSecret(({ cluster }) => assertRefreshed(deps, toldOfSecret(cluster))),
    ...ofFresh(consumersLetGo),
    ({ cluster }) => assertRollsOut(deps, told(cluster.rollout), job),
  ];
}

/** What a person may go past by `force`. Pure. */
export function reservations(ground: RemovalGround): readonly RegistrarError[] {
  if (ground.job.continued) return [];
  return [...stillReferred(ground), ...onlyPeopleKnow(ground), ...couldNotBeMadeAgain(ground)];
}

/** A service that still names its issuer or credentials may not start any more, or lock everyone out. */
function stillReferred({ references, job }: RemovalGround): readonly RegistrarError[] {
  if (references.length === 0) return [];
  const where = references.map(({ path, line, means }) => `${path}:${line} ${means}`).join('; ');
  const remedy = `Take these out of the consumer, apply that (run its playbook), then start again; or go past it: ${command('deregister', job.client, '--force')}.`;
  const message = `the repository still refers to client ${job.client}: ${where}`;
  return [refused('Git', message, remedy)];
}

/** Of what only people configure the job cannot know whether it still signs in through the client: a person says so. */
function onlyPeopleKnow({ deps, job, request }: RemovalGround): readonly RegistrarError[] {
  if (isAsked(request.input, 'doneByHand')) return [];
  const client = { names: job.names, installation: deps.installation };
  return job.registration.spec.consumers.flatMap((consumer) => {
    const kind = kindOf(consumer);
    const steps = kind.removedByHand?.(consumer, client);
    if (steps === undefined) return [];
    const message = `whether ${kind.target(consumer, client).name} still uses client ${job.client} only a person can tell`;
    const remedy = `Do this first: ${steps}. Then run ${command('deregister', job.client, '--done-by-hand')}; or go past it: ${command('deregister', job.client, '--force')}.`;
    return [refused('registration file', message, remedy)];
  });
}

/** What people have put into Authentik by hand an undo could not make again. */
function couldNotBeMadeAgain({ job, occupied, state }: RemovalGround): readonly RegistrarError[] {
  const differences = isWhole(job, occupied) ? compareState(job.wanted, state) : [];
  if (differences.length === 0) return [];
  return [
    refused(
      'Authentik',
      `Authentik holds something else than the registration of ${job.client} asks for, and an undo could not make it again: ${differences.join('; ')}`,
      `Undo it in the admin interface, or go past it: ${command('deregister', job.client, '--force')}.`,
    ),
  ];
}

/** Whether application and provider are there, and this client's. */
function isWhole({ removal }: Job, { application, byName }: ExistingObjects): boolean {
  const { ours } = removal ?? { ours: { application: true, provider: true } };
  return application !== undefined && byName !== undefined && ours.application && ours.provider;
}

/** What others have come to use could not be made again either. */
async function isUnused(ground: RemovalGround): Promise<readonly RegistrarError[]> {
  const { deps, job, occupied, bindings } = ground;
  const { application, byName } = occupied;
  if (application === undefined || byName === undefined || !isWhole(job, occupied)) return [];
  if (job.removal?.force !== true && couldNotBeMadeAgain(ground).length > 0) return [];
  const problems: RegistrarError[] = [];
  for (const candidate of [applicationCandidate(job, application, bindings ?? []), providerCandidate(byName)]) {
    const users = await usersOf(deps, candidate);
    if ('lacking' in users || users.length === 0) continue;
    const by = users.map((row) => `${row.model} ${row.name}`).join(', ');
    problems.push(
      refused('Authentik', `${madeLabel(candidate)} is in use: ${by}`, 'End that use first, then start again.'),
    );
  }
  return problems;
}

/** Only a purge takes anything from a registration that names the field and whose client does not read it. */
function isUnclaimed({ contents, job, claims }: RemovalGround): void {
  if (fieldOf(contents, job.names.vaultField) === undefined) return;
  const all = told(claims);
  assertUnclaimed(contents, job.names, job.removal?.purge === true ? all : { ...all, registrations: [] });
}

/** The objects of consumers go first; one that cannot be taken away would hold the vault's field for ever. */
function consumersLetGo({ deps, job }: RemovalGround): Promise<readonly RegistrarError[]> {
  return refusedOf(
    liveConsumersOf(deps, job).flatMap((consumer) => consumer.looksBeforeRemoval(job)),
    (look) => look(),
  );
}
