import { RegistrarError } from '../core/errors.ts';
import type { Job, StepReport } from '../core/run.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { missingSecretEntry } from './patchExternalSecret.ts';
import { notLive } from './syncBlueprint.ts';

/** The steps that wait for what has landed to be deployed. */
export type DeployStep = 'patchExternalSecret' | 'syncBlueprint';

/**
 * `deployBy: external`: one short look whether somebody has deployed what a step needs. The workflow repeats it for hours or days.
 * Throws a retryable `NotYet` that names what is not live.
 */
export async function awaitDeployed(deps: Deps, job: Job, step: DeployStep): Promise<StepReport> {
  sameInstallation(deps, job.digest);
  const missing =
    step === 'patchExternalSecret'
      ? await missingSecretEntry(deps, job)
      : await notLive(deps, job, ['configMap', 'deployment']);
  if (missing === undefined) return {};
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'NotYet',
    message: `${missing}: whoever deploys ${deps.installation.gitops.branch} has not come to it`,
    remedy: 'See that the controller works, or deploy it by hand; the signal recheck makes the run look at once.',
  });
}
