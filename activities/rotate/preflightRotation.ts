import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { RegistrarError, type RegistrarErrorFields } from '../../core/base/errors.ts';
import { undeclared } from '../../core/policy/fieldOwner.ts';
import { branchName } from '../../core/names/labels.ts';
import { type Names, resolveNames } from '../../core/names/names.ts';
import { rotationMarks, type RotationJob, type RotationPlan, type RotationRequest } from '../../core/run/rotation.ts';
import type { Job } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { wantedState } from '../../core/authentik/wantedState.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { blueprintAt, engineModeAt } from '../state/blueprintOf.ts';
import type { Deps } from '../deps.ts';
import { knownClaims, undeclaredWarnings } from '../branch/fieldClaims.ts';
import { isAsAsked } from '../preflight/isAsAsked.ts';
import { checkReading, readOccupied, stateBefore, type ExistingObjects } from '../preflight/authentik.ts';
import { checkDeployment, checkExternalSecret } from '../preflight/cluster.ts';
import { assertNoOpenChange } from '../branch/deadRuns.ts';
import { checkInline } from '../preflight/policy.ts';
import { Problems } from '../preflight/problems.ts';
import { checkSecretMount } from '../preflight/secretMount.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import { assertBegun } from '../state/unclaimed.ts';
import { checkVaultField } from '../preflight/vault.ts';
import { assertNoDeadRemoval } from '../branch/deadRemovals.ts';
import { EDIT_STEPS, planEdits, summarise, targetHead } from '../branch/runBranch.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { checkConsumer } from './consumers.ts';
import { judgeRegistered } from './policy.ts';
import { targetsOf, unconfigured } from '../../core/run/rotationTargets.ts';

/**
 * Reads everything and changes nothing. The client must be registered as asked, the token may apply this one blueprint, every
 * consumer is well. A rotation that died is found by the vault's labels and goes on; of that no more is asked than it needs.
 */
export async function preflightRotation(systems: Deps, request: RotationRequest): Promise<RotationPlan & StepReport> {
  return withHeartbeat(async () => {
    const deps = askedOnce(systems);
    await deps.git.fetch();
    const base = await targetHead(deps);
    await assertNoDeadRemoval(deps, request.client);
    await assertNoOpenChange(deps, request.client);
    const registration = await loadRegistration(deps, request.input, request.client, base);
    const names = resolveNames(registration, deps.installation);
    const item = await deps.vault.read();
    const marks = marksOf(item, names);
    await checkReading(deps);
    const occupied = await readOccupied(deps, { names, registration });
    const engineMode = await engineModeAt(deps, base, names);
    const rendered = renderBlueprint({
      engineMode,
      registration,
      installation: deps.installation,
      names,
      authentikVersion: await deps.authentik.version(),
    });
    const changeId = marks.stage === 'created' ? marks.changeId : request.changeId;
    const draft: RotationJob = {
      client: request.client,
      changeId,
      branch: branchName(request.client, changeId),
      base,
      digest: deps.digest,
      land: deps.installation.gitops.land,
      registration,
      names,
      blueprint: await blueprintAt(deps, base, { names, registration, rendered: rendered.text, grantsKnown: true }),
      wanted: wantedState(registration, deps.installation, names, engineMode),
      mode: 'apply',
      edits: [],
      before: stateBefore(occupied, true),
      continued: marks.stage !== 'fresh',
      stage: marks.stage,
      targets: targetsOf(registration, names, deps.installation),
    };
    const problems = new Problems();
    await checkInline(deps, request.input, draft, problems);
    const edits = (await problems.collect(() => planEdits(deps, draft, EDIT_STEPS, base))) ?? [];
    const job: RotationJob = { ...draft, edits: summarise(withoutTakenUp(edits)) };
    await problems.collect(() => checkApply(deps, job, occupied));
    await problems.collect(() => checkExternalSecret(deps));
    await problems.collect(() => checkSecretMount(deps));
    await problems.collect(() => checkDeployment(deps, job.continued));
    for (const message of unconfigured(registration, deps.installation)) {
      const remedy = 'Add it to registrar.yaml, or change the registration.';
      problems.add({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
    }
    const stands: string[] = [];
    const claims = await knownClaims(deps, job, edits);
    const others = undeclared(claims);
    if (!job.continued) {
      await problems.collect(() => checkVaultField(deps, item, job, claims, occupied.byName));
      if (request.scheduled === true && others.length > 0) problems.add(notOnSchedule(job, others));
      if (problems.none) await problems.collect(() => checkRegistered(deps, job, occupied));
      if (problems.none) stands.push(...(await judgeRegistered(deps, job, problems)));
      if (problems.none)
        for (const target of job.targets) await problems.collect(() => checkConsumer(deps, job, target));
    } else await problems.collect(async () => assertBegun(item, job.client, names, claims));
    problems.throwIfAny();
    return {
      job,
      warnings: [...rendered.warnings, ...warningsFor(job), ...undeclaredWarnings(job, claims), ...stands],
      ...(others.length === 0 ? {} : { undeclared: others }),
      note: summary(job),
    };
  });
}

/** What the labels say. Throws `Refused` where the client has no secret in service. */
function marksOf(item: VaultContents, names: Names) {
  const labels = item.fields.map((field) => field.label);
  if (fieldOf(item, names.vaultField) === undefined) {
    throw refused(
      item,
      `${item.place} has no field "${names.vaultField}": there is no secret to rotate`,
      'Register the client first, or put the live secret there.',
    );
  }
  return rotationMarks(labels, names.vaultField);
}

function refused({ system }: VaultContents, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system, kind: 'Refused', message, remedy });
}

/** A person who starts a rotation is told before and after it; of a scheduled one nobody would see to them in time. */
function notOnSchedule({ client, names }: Job, readers: readonly string[]): RegistrarErrorFields {
  return {
    system: 'registration file',
    kind: 'Refused',
    message: `the registration of ${client} does not declare who else reads vault field ${names.vaultField}: ${readers.join('; ')}. On a schedule its secret is not rotated`,
    remedy: `Declare each as a consumer, or take it out; or start rotateSecret of ${client} by hand, and see to them.`,
  };
}

/** The text stays the same, so Authentik's discovery would apply nothing: the token itself must. Throws. */
async function checkApply(deps: Deps, job: Job, { instance }: ExistingObjects): Promise<void> {
  if (instance === undefined || !instance.enabled) {
    throw new RegistrarError({
      system: 'Authentik',
      kind: 'Refused',
      message: `there is no ${instance === undefined ? '' : 'enabled '}blueprint instance of ${job.names.blueprintPath}`,
      remedy: `Start registerClient of ${job.client}: it says what is missing.`,
    });
  }
  if ((await deps.authentik.permissions(instance.pk)).apply !== 'none') return;
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Unauthorized',
    message: `the token may not apply blueprint "${instance.name}"; discovery applies no text that has not changed`,
    remedy:
      'Give its role view_ and add_blueprintinstance on this one instance, and view_role on itself (docs/reference/permissions.md).',
  });
}

async function checkRegistered(deps: Deps, job: Job, occupied: ExistingObjects): Promise<void> {
  if (await isAsAsked(deps, job, occupied)) return;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'Refused',
    message: `client ${job.client} is not registered as its registration asks`,
    remedy: `Start registerClient of ${job.client} first: it says what differs.`,
  });
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
