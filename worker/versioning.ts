import type { WorkerOptions } from '@temporalio/worker';
import { RegistrarError } from '../core/base/errors.ts';
import { VERSION } from '../core/base/version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Which release of which deployment a worker is, for Temporal's Worker Versioning. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * As `TEMPORAL_DEPLOYMENT_NAME` and `TEMPORAL_WORKER_BUILD_ID` say, which Temporal's Worker Controller sets as well. The build id is
 * that of the release where absent. Undefined without a name: the worker takes every task. Throws `BadInput`.
 */
export function workerVersion(env: Env): WorkerVersion | undefined {
  const deploymentName = (env['TEMPORAL_DEPLOYMENT_NAME'] ?? '').trim();
  const buildId = (env['TEMPORAL_WORKER_BUILD_ID'] ?? '').trim();
  if (deploymentName === '') {
    if (buildId === '') return undefined;
    throw bad('TEMPORAL_WORKER_BUILD_ID is set without TEMPORAL_DEPLOYMENT_NAME', 'Set both, or none.');
  }
  // Temporal joins both by these and keeps "__" for itself: a worker of such a name polls in vain.
  if (/[.:]|^__/.test(deploymentName))
    throw bad(
      'TEMPORAL_DEPLOYMENT_NAME has a "." or ":" in it, or begins with "__"',
      'Give it another, such as oidc-registrar.',
    );
  return { deploymentName, buildId: buildId === '' ? VERSION : buildId };
}

/** A run is pinned to the build that began it, unless its workflow says otherwise: `workflows/versioned.ts`. */
export function versioningOptions(version: WorkerVersion | undefined): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === undefined) return {};
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
  };
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}
