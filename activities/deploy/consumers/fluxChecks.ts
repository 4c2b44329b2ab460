import { fluxPlace } from '../../../core/installation/fluxPlace.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Deps } from '../../deps.ts';
import { assertBuilds, assertReady, refused, sourceChecked } from '../fluxChecks.ts';
import { assertNamesDeployer } from './namedDeployer.ts';
import { clusterName, type ConsumerPlace } from './place.ts';

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
  if (state.elsewhere && clusterName(deps, consumer) === fluxPlace(deps.installation)?.cluster)
    throw refused(
      `${state.label} deploys into another cluster (spec.kubeConfig), and ${label} is to be in the one that Flux runs in`,
      `Correct ${field}.cluster or ${field}.fluxKustomization.`,
    );
  // A list of a kustomization brings in a file that may not be there yet.
  await assertBuilds(
    deps,
    state,
    [consumer.kustomization ?? consumer.file],
    `file, kustomization or fluxKustomization of ${field}`,
  );
  await assertReady(deps, job, { kustomization: state, helmRelease: undefined });
}
