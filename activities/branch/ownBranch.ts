import { branchName } from '../../core/names/labels.ts';
import { idsOf, installationOf } from '../../core/run/ids.ts';
import type { LeaseHolder } from '../../integrations/kubernetes/leases.ts';
import type { Deps } from '../deps.ts';
import { UUID } from '../state/pendingFields.ts';

type Runs = { readonly runs: Pick<Deps['runs'], 'idOf'> };

/** The branch of a run of this installation. */
export function ownBranch(deps: Runs, client: string, changeId: string): string {
  return branchName(client, changeId, installationOf(deps.runs.idOf(client)));
}

/** Whether a turn is that of a run of this client, of this installation: another one's client may have the same name. */
export function isOwnTurn(deps: Runs, client: string, holder: Pick<LeaseHolder, 'client' | 'workflowId'>): boolean {
  return holder.client === client && isOwnRun(deps, holder.workflowId);
}

/** Whether a run is of this installation. */
export function isOwnRun(deps: Runs, workflowId: string): boolean {
  return installationOf(workflowId) === installationOf(deps.runs.idOf(''));
}

/** A run as its branch tells of it. */
export interface RunOfBranch {
  readonly client: string;
  readonly workflowId: string;
}

const OF_RUN = new RegExp(`^oidc-registrar/(?:([^/]+)/)?([^/]+)-${UUID}$`);

/** The run that a branch is of, whatever the installation. */
export function runOfBranch(name: string): RunOfBranch | undefined {
  const [, installation = '', client] = OF_RUN.exec(name) ?? [];
  return client === undefined ? undefined : { client, workflowId: idsOf(installation).client(client) };
}
