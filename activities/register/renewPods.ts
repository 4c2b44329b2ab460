import type { Job } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { forgetVariable } from '../waits/restart.ts';

/**
 * Before the blueprint lands: no pod of the worker holds a value that the client had before. Authentik's discovery may have any pod
 * apply the blueprint, and applies no text twice, so that Authentik would keep what was withdrawn.
 */
export async function renewPods(deps: Deps, job: Job): Promise<StepReport> {
  return {
    note: (await forgetVariable(deps, job))
      ? `new pods of Deployment ${deps.installation.authentik.deployment.name}: none holds an older secret`
      : 'every pod has started since the Secret was last written',
  };
}
