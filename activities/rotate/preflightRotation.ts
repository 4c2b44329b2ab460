import { type RegistrarError, refused } from '../../core/base/errors.ts';
import { breachesToday, policyWarning } from '../../core/check/policy.ts';
import { undeclared } from '../../core/policy/fieldOwner.ts';
import { breaches, probesOf } from '../../core/policy/judge.ts';
import { standingOf } from '../../core/policy/standing.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { command } from '../../core/run/commands.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { RotationJob, RotationPlan, RotationRequest } from '../../core/run/rotation.ts';
import { unconfigured } from '../../core/run/rotationTargets.ts';
import { undeclaredWarnings } from '../branch/fieldClaims.ts';
import type { Deps } from '../deps.ts';
import { byInstance } from '../preflight/authentik.ts';
import { assertRefreshed, assertRollsOut, toldOfSecret } from '../preflight/cluster.ts';
import { carried } from '../preflight/carried.ts';
import { isAsAsked } from '../preflight/isAsAsked.ts';
import { refusalOf, refusedInline } from '../preflight/policy.ts';
import { type Judge, Problems, refusedOf, told } from '../preflight/problems.ts';
import { secretTaken } from '../preflight/secretObject.ts';
import { assertMounted } from '../preflight/secretMount.ts';
import { hasVariable } from '../preflight/variable.ts';
import { checkVaultField } from '../preflight/vault.ts';
import { assertTakesNothingWhole, warningsOfWhole } from '../preflight/wholeItem.ts';
import { assertBegun } from '../state/unclaimed.ts';
import { checkConsumer } from './consumers.ts';
import { type RotationWorld, readRotation } from './readRotation.ts';

/**
 * Reads everything and changes nothing. The client must be registered as asked, the token may apply this one blueprint, every
 * consumer is well. Of a rotation that died, and goes on, no more is asked than it needs.
 */
export async function preflightRotation(deps: Deps, request: RotationRequest): Promise<RotationPlan & StepReport> {
  const world = await readRotation(deps, request);
  const { job, claims, rendered, whole } = world;
  const problems = new Problems();
  await problems.judge(world, JUDGES);
  const ofNew = job.continued ? [] : OF_A_REGISTERED_CLIENT;
  for (const judge of ofNew) if (problems.none) await problems.judge(world, [judge]);
  problems.throwIfAny();
  const others = undeclared(claims);
  return carried({
    job,
    warnings: [
      ...told(rendered).warnings,
      ...warningsFor(job),
      ...undeclaredWarnings(job, claims),
      ...warningsOfWhole(whole),
      ...(job.continued ? [] : breachesToday(job, deps.installation).map(policyWarning)),
    ],
    ...(others.length === 0 ? {} : { undeclared: others }),
    note: summary(job),
  });
}

/** In the order in which people read what they refuse. */
const JUDGES: readonly Judge<RotationWorld>[] = [
  ({ deps, request, job }) => refusedInline(deps, request.input, job),
  ({ edits }) => void told(edits),
  mayApply,
  ({ deps, cluster }) => assertRefreshed(deps, toldOfSecret(cluster)),
  ({ whole, job }) => assertTakesNothingWhole(whole, job),
  ({ deps, cluster }) => assertMounted(deps, cluster),
  hasVariable,
  ({ deps, cluster, job }) => assertRollsOut(deps, told(cluster.rollout), job),
  ({ deps, registration }) => unconfigured(registration, deps.installation).map(notConfigured),
  ({ deps, contents, job, claims, occupied }) =>
    job.continued
      ? assertBegun(contents, job.client, job.names, claims)
      : checkVaultField(deps, contents, job, claims, occupied.byName),
  readersAreDeclared,
];

/** Each is asked only where nothing is wrong so far: what is not registered as asked is a matter of a registration. */
const OF_A_REGISTERED_CLIENT: readonly Judge<RotationWorld>[] = [
  isRegistered,
  secretTaken,
  async ({ deps, job }) => refusedToday(deps, job, await deps.runs.registeredAs(job.client)),
  ({ deps, job }) => refusedOf(job.targets, (target) => checkConsumer(deps, job, target)),
];

/** The text stays the same, so Authentik's discovery would apply nothing: the token itself must. */
function mayApply({ occupied, permissions, job }: RotationWorld): void {
  const all = byInstance(job, occupied);
  for (const { part, instance } of all)
    if (instance === undefined || !instance.enabled)
      throw refused(
        'Authentik',
        `there is no ${instance === undefined ? '' : 'enabled '}blueprint instance of ${part.names.blueprintPath}`,
        `Run ${command('register', job.client)}: it says what is missing.`,
      );
  if (told(permissions).apply !== 'none') return;
  const names = all.map(({ instance }) => `"${instance?.name}"`).join(' and ');
  throw refused(
    'Authentik',
    `the token may not apply blueprint ${names}, for it lacks authentik_blueprints.add_blueprintinstance; discovery applies no text that has not changed`,
    'Give its role view_ and add_blueprintinstance on this one instance, and view_role on itself (docs/reference/permissions.md).',
    'Unauthorized',
  );
}

function notConfigured(message: string): RegistrarError {
  return refused('registrar.yaml', message, 'Add it to registrar.yaml, or change the registration.', 'BadInput');
}

/** A person who starts a rotation is told before and after it; of a scheduled one nobody would see to them in time. */
function readersAreDeclared({ request, job, names, claims }: RotationWorld): void {
  const readers = undeclared(claims);
  if (job.continued || request.scheduled !== true || readers.length === 0) return;
  throw refused(
    'registration file',
    `the registration of ${job.client} does not declare who else reads vault field ${names.vaultField}: ${readers.join('; ')}. On a schedule its secret is not rotated`,
    `Declare each as a consumer, or take it out; or run ${command('rotate', job.client)} by hand, and see to them.`,
  );
}

async function isRegistered({ deps, job, occupied, state }: RotationWorld): Promise<void> {
  if (await isAsAsked(deps, job, occupied, state)) return;
  throw refused(
    'registration file',
    `client ${job.client} is not registered as its registration asks`,
    `Run ${command('register', job.client)} first: it says what differs.`,
  );
}

/**
 * Of a client that is registered as it asks, what the policy refuses of that which no edit holds and which has come since: the
 * address of a probe. A client whose runs nobody remembers is as registered. Pure.
 */
export function refusedToday(
  { installation }: Pick<Deps, 'installation'>,
  { registration, names, edits }: Pick<RotationJob, 'registration' | 'names' | 'edits'>,
  registered: Registration | undefined,
): readonly RegistrarError[] {
  const stood = {
    ...standingOf(registration, edits, { redirectUris: [], bound: undefined, groups: [] }),
    probes: probesOf((registered ?? registration).spec.consumers),
  };
  return breaches({ registration, names, inline: false }, installation, stood).map(refusalOf);
}

function warningsFor(job: RotationJob): readonly string[] {
  const none =
    job.targets.length === 0 ? ['no consumer: nothing delivers the secret beyond Authentik and the vault'] : [];
  const unproven = job.targets
    .filter((target) => !target.probed)
    .map((target) => `${target.name} has no probe: that it works with the new secret is not proven`);
  const continued = job.continued
    ? ['continues a rotation that ended half-way: its value is put to use, no newer one is made']
    : [];
  return [...none, ...unproven, ...continued];
}

function summary({ targets }: RotationJob): string {
  const people = targets.filter((target) => target.by === 'person').length;
  return `${targets.length} ${targets.length === 1 ? 'consumer' : 'consumers'}, ${people} updated by a person`;
}
