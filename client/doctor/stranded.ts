import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { fewAtOnce } from '../../core/base/fewAtOnce.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { askTemporal } from '../temporalErrors.ts';
import { isSame, pollingOf, type Polling, type Version, versionOf } from './temporal.ts';

/** temporal.api.enums.v1.VersioningBehavior. */
const PINNED = 1;

/** Questions to Temporal at a time: more would wait there, or be refused by its limit of requests. */
export const AT_ONCE = 8;

/** An open run that only one build may go on with, of which no worker polls: it stands still, and keeps the turn that it has. */
export interface Stranded {
  readonly workflowId: string;
  readonly version: Version;
  /** What gives it to a worker that polls. */
  readonly move: string;
}

/** Which of these runs, if they are open still, nobody goes on with. Throws `Unavailable`. */
export async function strandedAmong(
  client: Client,
  runs: readonly { readonly workflowId: string; readonly runId: string }[],
  poll: (client: Client) => Promise<Polling> = pollingOf,
): Promise<readonly Stranded[]> {
  // A list does not tell to which build a run is bound.
  const described = await askTemporal(() =>
    fewAtOnce(runs, AT_ONCE, ({ workflowId, runId }) => client.workflow.getHandle(workflowId, runId).describe()),
  );
  const bound = described.flatMap((run) => {
    const version = run.status.name === 'RUNNING' ? boundTo(run) : undefined;
    return version === undefined ? [] : [{ workflowId: run.workflowId, version }];
  });
  if (bound.length === 0) return [];
  const polling = await poll(client);
  return bound
    .filter(({ version }) => !polling.pollers.some((poller) => isSame(poller.version, version)))
    .map(({ workflowId, version }) => ({ workflowId, version, move: moving(client, workflowId, polling) }));
}

/** The build that alone may go on with a run; undefined of one that goes to any. */
function boundTo({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): Version | undefined {
  const { behavior, deploymentVersion, versioningOverride } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  if (versioningOverride?.autoUpgrade === true) return undefined;
  const own: number | null | undefined = behavior;
  return versionOf(versioningOverride?.pinned?.version ?? (own === PINNED ? deploymentVersion : undefined));
}

/** To the build that gets new runs, or to one that polls; where only workers without a version poll, to these. */
function moving(client: Client, workflowId: string, { pollers, current }: Polling): string {
  const polls = pollers.flatMap(({ version }) => version ?? []);
  const target = polls.find((version) => isSame(version, current)) ?? polls.at(0);
  const { namespace } = client.options;
  const place = namespace === 'default' ? '' : ` --namespace ${namespace}`;
  const command = `temporal workflow update-options${place} --workflow-id ${workflowId} --versioning-override-behavior`;
  if (target === undefined) return `${command} auto_upgrade`;
  const { deploymentName, buildId } = target;
  return `${command} one_time --versioning-override-deployment-name ${deploymentName} --versioning-override-build-id ${buildId}`;
}

/** For a person: why it stands still, and what helps. */
export function strandedText({ workflowId, version, move }: Stranded): Readonly<Record<'message' | 'remedy', string>> {
  const { buildId, deploymentName } = version;
  return {
    message: `${workflowId} is bound to build ${buildId} of deployment ${deploymentName}, of which no worker polls: it stands still, and keeps the turn that it has`,
    remedy: `Start a worker of that build again, or give the run to one that polls: ${move}`,
  };
}

export function strandedFinding(stranded: Stranded): DoctorFinding {
  return { system: 'Temporal', what: 'open run', severity: 'error', ...strandedText(stranded) };
}
