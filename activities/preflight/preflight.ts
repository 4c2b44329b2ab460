import { keptWarnings, unaskedChanges, unaskedOfSection } from '../../core/changes/unaskedChanges.ts';
import { untakenEnds } from '../../core/authentik/endOfAccess.ts';
import type { BindingData } from '../../core/authentik/bindings.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import { remainingFor, warningsFor } from '../../core/plan/remaining.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import { type Job, type Plan, updatedBy } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { undeclaredWarnings } from '../branch/fieldClaims.ts';
import { admissionOf, wideningWarning } from '../../core/policy/widening.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { withLive } from '../deploy/withLive.ts';
import type { Deps } from '../deps.ts';
import { inMotion } from '../kit/askedOnce.ts';
import { foreignIssuer } from '../state/issuer.ts';
import { carried } from './carried.ts';
import { isAsAsked } from './isAsAsked.ts';
import { jobOf } from './jobOf.ts';
import { judgesOf, roomOf } from './judges.ts';
import { ofOneMoment } from './ofOneMoment.ts';
import { Problems, told } from './problems.ts';
import { readWorld } from './readWorld.ts';
import { variableWarnings } from './variable.ts';
import { warningsOfWhole } from './wholeItem.ts';
import type { Draft, World } from './world.ts';

/**
 * Reads everything on all systems and changes nothing. Returns the job, resolved and with the state before, or refuses with
 * every problem at once.
 */
export async function preflight(systems: Deps, request: Draft['request']): Promise<Plan & StepReport> {
  return ofOneMoment(systems, async () => {
    const world = await readWorld(systems, request);
    const { target } = world;
    const problems = new Problems();
    await problems.judge(world, judgesOf(world.deps));
    const job = await withLive(world.deps, jobOf(world), world.standing);
    const deps = inMotion(world.deps, systems);
    // Whether what is live is fit for the change is waited for: not where the change is refused anyway.
    const drift =
      job.continued || !problems.none
        ? []
        : ((await problems.collect(() => deployerOf(deps).checkLive(deps, job))) ?? []);
    return { problems, target, answer: async () => carried(await answered({ ...world, deps }, job, drift)) };
  });
}

async function answered(world: World, job: Job, drift: readonly string[]): Promise<Plan & StepReport> {
  const { deps, occupied, state, names } = world;
  const issuer = occupied.application === undefined ? undefined : await foreignIssuer(deps, names);
  const unchanged = !job.continued && job.repair === undefined && (await isAsAsked(deps, job, occupied, state));
  const ofIssuer = issuer === undefined ? [] : [`${issuer.what}. ${issuer.remedy}`];
  return planOf(world, job, [...drift, ...ofIssuer], unchanged);
}

function planOf(world: World, job: Job, drift: readonly string[], unchanged: boolean): Plan & StepReport {
  const { deps, rendered, token, handlers, claims, left, whole } = world;
  const repairs = job.repair?.reasons ?? [];
  return {
    job,
    unchanged,
    warnings: [
      ...told(rendered).warnings,
      ...told(token).warnings,
      ...drift,
      ...roomOf(world),
      ...variableWarnings(deps, job.names, world.cluster),
      ...handlers,
      ...warningsFor(job, deps.installation),
      ...keptWarnings(job.wanted, job.registration, world.state),
      ...untakenEnds(job.wanted.bindings, world.state.bindings),
      ...undeclaredWarnings(job, claims),
      ...warningsOfWhole(whole),
      ...toldOfChange(world),
      ...repairs.map((reason) => `repairs: ${reason}`),
      ...left,
      ...continuedWarning(world),
    ],
    remaining: unchanged
      ? []
      : [...remainingFor(job, deps.installation), ...left.map((line) => `take out by hand: ${line}`)],
    note: unchanged ? 'everything is as asked' : repairs.join('; ') || summary(job.edits),
  };
}

/** Whom a change lets in who was kept out, and what it takes of people's without a word of the registration. */
function toldOfChange({ job, state, registered, sections }: World): readonly string[] {
  if (job.continued || !updatedBy(job, 'configMap')) return [];
  return [
    ...wideningWarning(
      job.names.slug,
      { mode: state.application?.policyEngineMode, groups: state.bindings.map(letIn) },
      admissionOf(job.wanted),
    ),
    ...unaskedChanges(job.wanted, state, job.registration, registered),
    ...unaskedOfSection(
      sections,
      bySection(job).map(({ blueprint }) => blueprint.text),
    ),
  ];
}

/** The group whose members a binding lets in; "" of a disabled or negated one, which lets none of them in. */
function letIn({ group, enabled, negate }: BindingData): string {
  return enabled && !negate ? group : '';
}

function continuedWarning({ standing, dead, newest }: World): readonly string[] {
  if (!standing.continued) return [];
  const how = standing.plan === undefined ? '; its history is gone, so an undo deletes nothing in Authentik' : '';
  return [
    `continues change ${standing.changeId} of a run that ended half-way${how}`,
    ...(dead !== undefined && !sameData(dead.registration, newest)
      ? ['the registration has changed since that run: it is finished as it was then; run again for the new one']
      : []),
  ];
}

function summary(edits: readonly PlannedEdit[]): string {
  const todo = edits.filter((edit) => edit.kind !== 'alreadyThere').length;
  return `${todo} of ${edits.length} files to edit`;
}
