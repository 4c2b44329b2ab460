import { setWorkflowOptions } from '@temporalio/workflow';
import { checkAllClients, checkClient, diagnoseInstallation, planClient } from './index.ts';

export * from './index.ts';

// Of a worker with a version: what changes nothing goes on with the newest build, and all else ends with the build that began it
// (`worker/versioning.ts`). Temporal refuses each task of a worker without a version whose workflow says such a thing.
const NEWEST = { versioningBehavior: 'AUTO_UPGRADE' } as const;
setWorkflowOptions(NEWEST, checkAllClients);
setWorkflowOptions(NEWEST, checkClient);
setWorkflowOptions(NEWEST, planClient);
setWorkflowOptions(NEWEST, diagnoseInstallation);
