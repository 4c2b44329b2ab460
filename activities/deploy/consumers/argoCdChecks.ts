import { listedResources } from '../../../core/edits/kubernetes/kustomization.ts';
import type { Job } from '../../../core/run/job.ts';
import type { ApplicationState } from '../../../integrations/argocd/argocd.ts';
import { applicationOf as argoCdOf } from '../application.ts';
import { assertSource, assertTargetRevision, assertWindowOpen, refused } from '../applicationSource.ts';
import type { Deps } from '../../deps.ts';
import { applicationOf, type ConsumerPlace } from './place.ts';

/**
 * Whether the consumer's Application deploys the file that is edited, from where it is landed, and may do so now. Throws
 * `BadInput`, `NotFound` or `Refused`.
 */
export async function checkConsumerApplication(deps: Deps, job: Job, place: ConsumerPlace): Promise<void> {
  const { argocd } = argoCdOf(deps);
  const state = await argocd.application(applicationOf(place));
  const { gitops } = deps.installation;
  checkSource(deps, state, place);
  await assertTargetRevision(deps, state);
  if (gitops.land === 'last' && state.automated) {
    throw refused(
      `Application ${state.name} of a consumer has automated sync; a commit that is not on its target revision would be lost`,
      'Set gitops.land: first in registrar.yaml, or sync this Application by hand.',
    );
  }
  await assertWindowOpen(argocd, state.name);
  await checkFolder(deps, job, state, place);
}

function checkSource(deps: Deps, state: ApplicationState, { consumer: { file }, index }: ConsumerPlace): void {
  assertSource(deps, state, {
    sources: `Give it one source, or name another Application in spec.consumers.${index}.application.`,
    repository: 'Name another Application, or add the address to gitops.aliases if it is the same repository.',
  });
  if (!file.startsWith(folderOf(state))) {
    throw refused(
      `Application ${state.name} deploys the folder ${state.path ?? '.'}, which does not hold ${file}`,
      `Correct file or application of spec.consumers.${index}.`,
    );
  }
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
  const folder = folderOf(state);
  if (folder === '') return;
  const files = await deps.git.listFiles(base, folder);
  if (files.length === 0) {
    throw refused(
      `the folder ${state.path ?? '.'} of Application ${state.name} is not in the repository`,
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

/** With a slash at its end; empty for the whole repository. */
function folderOf({ path = '.' }: ApplicationState): string {
  const folder = path.replace(/\/+$/, '').replace(/^\.\/?/, '');
  return folder === '' ? '' : `${folder}/`;
}
