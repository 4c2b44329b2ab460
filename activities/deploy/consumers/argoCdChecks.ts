import { listedResources } from '../../../core/edits/kubernetes/kustomization.ts';
import type { Job } from '../../../core/run/job.ts';
import type { ApplicationState } from '../../../integrations/argocd/argocd.ts';
import { applicationOf } from '../application.ts';
import {
  assertSource,
  assertTargetRevision,
  assertWindowOpen,
  folderOf,
  holdersOf,
  refused,
} from '../applicationSource.ts';
import type { Deps } from '../../deps.ts';
import { assertNamesDeployer } from './namedDeployer.ts';
import type { ConsumerPlace } from './place.ts';

/**
 * Whether the consumer's Application deploys the file that is edited, from where it is landed, and may do so now. Throws
 * `BadInput`, `NotFound` or `Refused`.
 */
export async function checkConsumer(deps: Deps, job: Job, place: ConsumerPlace): Promise<void> {
  const { consumer, index } = place;
  assertNamesDeployer(deps, place);
  const { argocd, application } = applicationOf(deps, place);
  const state = await argocd.application(application);
  assertSource(deps, state, [consumer.file], {
    sources: `Give it a source in the repository, or name another Application in spec.consumers.${index}.application.`,
    repository: 'Name another Application, or add the address to gitops.aliases if it is the same repository.',
    folder: `Correct file or application of spec.consumers.${index}.`,
    automated: 'Set gitops.land: first in registrar.yaml, or sync this Application by hand.',
  });
  await assertTargetRevision(deps, state, [holdersOf(deps, state, consumer.file)]);
  await assertWindowOpen(argocd, state.name);
  await checkFolder(deps, job, state, place);
}

/**
 * At the base the Application must be able to render, for an undo deploys from there; and with a kustomization a file that it
 * does not list is deployed by nobody.
 */
async function checkFolder(
  deps: Deps,
  { base }: Job,
  state: ApplicationState,
  { consumer, index }: ConsumerPlace,
): Promise<void> {
  const [holder] = holdersOf(deps, state, consumer.file);
  const folder = folderOf(holder ?? {});
  if (folder === '') return;
  const files = await deps.git.listFiles(base, folder);
  if (files.length === 0) {
    throw refused(
      `the folder ${holder?.path ?? '.'} of Application ${state.name} is not in the repository`,
      'Land what else the service consists of first: an undo would leave the Application without its folder.',
    );
  }
  const kustomization = files.find((path) => /^kustomization\.(yaml|yml)$/.test(path.slice(folder.length)));
  if (kustomization === undefined || consumer.kustomization === kustomization) return;
  if (consumer.kustomization !== undefined) return;
  const listed = listedResources((await deps.git.readFile(base, kustomization)) ?? '');
  if (listed.includes(consumer.file.slice(folder.length))) return;
  throw refused(
    `${kustomization} decides what Application ${state.name} deploys, and does not list ${consumer.file.slice(folder.length)}`,
    `Add kustomization: ${kustomization} to spec.consumers.${index}.`,
  );
}
