import { fluxPlace } from '../../../core/installation/fluxPlace.ts';
import type { Job } from '../../../core/run/job.ts';
import type { KustomizationState } from '../../../integrations/flux/flux.ts';
import type { Deps } from '../../deps.ts';
import {
  NOT_PRUNED,
  assertApplied,
  assertBuilds,
  assertReady,
  refused,
  sourceChecked,
  wrongCluster,
} from '../fluxChecks.ts';
import { assertNamesDeployer } from './namedDeployer.ts';
import { clusterName, clusterOf, type ConsumerPlace } from './place.ts';

/**
 * Whether the consumer's Kustomization deploys the file that is edited, from where it is landed, and can take it away again. Throws
 * `BadInput`, `NotFound` or `Refused`.
 */
export async function checkConsumer(deps: Deps, job: Job, place: ConsumerPlace): Promise<void> {
  assertNamesDeployer(deps, place);
  const { consumer, index, label } = place;
  const field = `spec.consumers.${index}`;
  const state = await sourceChecked(deps, place, `Name another Kustomization in ${field}.fluxKustomization`);
  if (!state.prune)
    throw refused(
      `${state.label} has prune: false, so an undo could not take ${label} away again, and no deregistration could`,
      `Set spec.prune: true of it, or name another Kustomization in ${field}.fluxKustomization.`,
    );
  if (state.renames || (state.targetNamespace !== undefined && state.targetNamespace !== consumer.namespace))
    throw refused(
      `${state.label} writes another name or namespace (spec.targetNamespace, namePrefix, nameSuffix) over what it deploys, and ${label} is to be called so`,
      `Name another Kustomization in ${field}.fluxKustomization, or correct ${field}.namespace.`,
    );
  const where = wrongCluster(state, clusterName(deps, consumer), place.fluxIn ?? fluxPlace(deps.installation)?.cluster);
  if (where !== undefined)
    throw refused(
      `${state.label} ${where.deploysInto}, and ${label} is to be in ${where.wanted}`,
      `Correct ${field}.cluster or ${field}.fluxKustomization.`,
    );
  if (substitutes(state) && /\$\{|\$\$/.test(JSON.stringify(place.wanted.spec)))
    throw refused(
      `${state.label} puts values in the place of \${…} (spec.postBuild), and ${label} would not arrive as the registration has it`,
      `Take "\${" and "$$" out of ${field}.target.template, or name another Kustomization in ${field}.fluxKustomization.`,
    );
  // A list of a kustomization brings in a file that may not be there yet.
  await assertBuilds(
    deps,
    state,
    [consumer.kustomization ?? consumer.file],
    `file, kustomization or fluxKustomization of ${field}, or have a kustomization of that folder name it.`,
  );
  const { cluster } = await clusterOf(deps, place);
  assertApplied(await cluster.get(place.ref), NOT_PRUNED);
  await assertReady(deps, job, [place]);
}

/** Flux substitutes where there is any variable at all, or where it is told to (github.com/fluxcd/pkg, `SubstituteVariables`). */
function substitutes({ postBuild }: KustomizationState): boolean {
  if (postBuild === undefined) return false;
  const { substitute, substituteFrom, always } = postBuild;
  return always || substituteFrom.length > 0 || Object.keys(substitute).length > 0;
}
