import { sameData } from '../../core/edits/yaml/sameData.ts';
import type { Job, StateBefore } from '../../core/run/job.ts';
import { changeOf } from '../branch/changeOf.ts';
import type { ResumePoint } from '../branch/deadRuns.ts';
import type { Deps } from '../deps.ts';
import { readGroups } from '../state/authentikState.ts';
import { blueprintAt, engineModeAt, engineModeIn } from '../state/blueprintOf.ts';
import { heldIn } from '../state/keptId.ts';
import { stateBefore } from './authentik.ts';
import { readClient } from './readClient.ts';
import { toldOr } from './problems.ts';
import type { Asked, ExistingObjects, Draft } from './world.ts';

/** Resolves what is asked for against what Authentik holds under its names. */
export async function readDraft(deps: Deps, request: Draft['request'], asked: Asked): Promise<Draft> {
  const { contents, standing, dead, registration, names } = asked;
  const application = await deps.authentik.application(names.slug);
  const engineMode =
    dead === undefined
      ? await engineModeAt(deps, standing.base, { registration, names }, application)
      : engineModeIn(dead.wanted);
  const facts = await readClient(deps, { registration, names, base: standing.base, engineMode, dead });
  const { wanted, rendered, occupied, token, secretObject } = facts;
  const job: Job = {
    names,
    registration,
    wanted,
    ...(secretObject === undefined ? {} : { secretObject }),
    ...changeOf(deps, request.client, standing),
    blueprint: await blueprintAt(deps, standing.base, {
      names,
      registration,
      rendered: dead?.blueprint.asked ?? dead?.blueprint.text ?? toldOr(rendered, undefined)?.text ?? '',
      grantsKnown: dead === undefined && grantsAreRight(occupied, wanted),
    }),
    mode: toldOr(token, undefined)?.mode ?? 'discovery',
    edits: [],
    before: before(standing, occupied, heldIn(contents, names)),
    ...(dead?.record === undefined ? {} : { record: dead.record }),
  };
  const registered = await deps.runs.registeredAs(request.client);
  return { ...asked, ...facts, request, job, groups: await readGroups(deps, registration), registered };
}

/** Whether the provider has the grant types that are asked for, so that a blueprint need not name them. */
function grantsAreRight({ byName }: ExistingObjects, { provider }: Job['wanted']): boolean {
  const found = byName?.grantTypes;
  return found === undefined
    ? byName !== undefined
    : sameData(found.toSorted(), (provider.grantTypes ?? []).toSorted());
}

/** A dead run's own record of what was there before; where it is gone, nothing may be deleted on a guess. */
function before(standing: ResumePoint, occupied: ExistingObjects, held: ReturnType<typeof heldIn>): StateBefore {
  if (!standing.continued) return stateBefore(occupied, held);
  return standing.plan?.job.before ?? { ...stateBefore(occupied, { vaultField: false }), known: false };
}
