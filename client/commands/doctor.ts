import type { Client } from '@temporalio/client';
import { VERSION } from '../../core/base/version.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { Diagnosis, DoctorFinding } from '../../core/doctor/finding.ts';
import { neededRetentionMs } from '../../core/doctor/retention.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { connectClient, connectToChange } from '../connect.ts';
import { installationFindings } from '../doctor/installationFile.ts';
import { makeSearchAttributes } from '../doctor/searchAttributes.ts';
import { strandedAmong, strandedFinding } from '../doctor/stranded.ts';
import { judgeRetention, type Poller, pollingOf, refusedFinding, retentionOf, unreached } from '../doctor/temporal.ts';
import { doctorJson, doctorText, exitCodeOf } from '../output/doctor.ts';
import { failureOf } from '../output/failure.ts';
import { hintWhileWaiting } from '../output/waiting.ts';
import { noWorkerAnswers, openRuns } from '../runs.ts';
import { askTemporal } from '../temporalErrors.ts';
import { ids } from '../ids.ts';

export interface DoctorOptions {
  readonly installation: string | undefined;
  /** Make what is missing and may be made: search attributes. */
  readonly fix: boolean;
  readonly json: boolean;
}

/** How long a worker is given: its looks take less, and its runs may keep it busy. */
const DIAGNOSE_MS = 150_000;

/**
 * Looks at everything that a run needs: here at what a person's command line sees, and through a worker at what its credentials
 * open. Prints each finding with its remedy. Resolves with the exit code: 1 where a run would be refused or fail.
 */
export async function doctor({ installation, fix, json }: DoctorOptions): Promise<number> {
  const findings = [...installationFindings(installation), ...(await ofTemporal(fix))];
  process.stdout.write(`${json ? doctorJson(findings) : doctorText(findings)}\n`);
  return exitCodeOf(findings);
}

/** Of Temporal, and of all that a worker looks at. */
async function ofTemporal(fix: boolean): Promise<readonly DoctorFinding[]> {
  try {
    const client = await (fix ? connectToChange() : connectClient());
    const retentionMs = await retentionOf(client);
    const reached = well('reach', `answers, and has namespace ${client.options.namespace}`);
    const made = fix ? await makeSearchAttributes(client) : [];
    const polling = await pollingOf(client);
    const { pollers } = polling;
    const stranded = await strandedAmong(client, await openRuns(client));
    const none = pollers.length === 0 ? noWorker() : unreached(polling);
    const diagnosed = none ?? (await throughWorker(client, pollers));
    const found = 'findings' in diagnosed ? diagnosed : undefined;
    const neededMs = found?.retentionMs ?? neededRetentionMs(timingsSchema.parse({}));
    const ofWorker = 'findings' in diagnosed ? workers(pollers, diagnosed) : [diagnosed];
    return [
      reached,
      judgeRetention(retentionMs, neededMs),
      ...made,
      ...ofWorker,
      ...stranded.map(strandedFinding),
      ...(found?.findings ?? []),
    ];
  } catch (error) {
    return [refusedFinding('reach', error)];
  }
}

function well(what: string, message: string): DoctorFinding {
  return { system: 'Temporal', what, severity: 'well', message };
}

function noWorker(): DoctorFinding {
  const message = `nobody polls task queue ${ids().taskQueue}: no run goes on, and the other systems were not looked at`;
  return { system: 'Temporal', what: 'worker', severity: 'error', message, remedy: noWorkerAnswers() };
}

/** The diagnosis of a worker, or why there is none. */
async function throughWorker(client: Client, pollers: readonly Poller[]): Promise<Diagnosis | DoctorFinding> {
  const handle = await askTemporal(() =>
    client.workflow.start('diagnoseInstallation', {
      taskQueue: ids().taskQueue,
      workflowId: ids().doctor,
      workflowIdConflictPolicy: 'USE_EXISTING',
      // Where no worker takes it, nothing of it is left open.
      workflowExecutionTimeout: DIAGNOSE_MS,
      ...staticWords('diagnoseInstallation', 'the command line'),
      args: [],
    }),
  );
  try {
    const found = await withTimeout(hintWhileWaiting<Diagnosis>(handle), DIAGNOSE_MS);
    if (found !== undefined) return found;
  } catch (error) {
    const { outcome, message, remedy } = failureOf(error);
    if (outcome !== 'timedOut') return { system: 'Temporal', what: 'worker', severity: 'error', message, remedy };
  }
  return {
    system: 'Temporal',
    what: 'worker',
    severity: 'error',
    message: `${names(pollers)} polls, and does not answer: the other systems were not looked at`,
    remedy: 'See its log. One of an older release does not know this question: upgrade it.',
  };
}

function workers(pollers: readonly Poller[], { version }: Diagnosis): readonly DoctorFinding[] {
  const told = well('worker', `${names(pollers)} polls; release ${version} has answered`);
  if (version === VERSION) return [told];
  return [
    {
      ...told,
      severity: 'warning',
      message: `the worker that has answered is of release ${version}, this command of ${VERSION}`,
      remedy: 'Upgrade the older of both.',
    },
  ];
}

function names(pollers: readonly Poller[]): string {
  return pollers.map(({ identity }) => identity).join(', ');
}
