import { confirmationsOf } from '../../core/run/extraSteps.ts';
import { type Job, editReport } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { fileWarnings, renders } from '../consumers/live.ts';
import { assertStillLive, RESOURCES } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import { ensureEdits } from '../branch/commits.ts';

/** Writes the files of consumers for which there are files alone, and further files, and has read what is written. */
export async function renderAnsibleFiles(deps: Deps, job: Job): Promise<StepReport> {
  const report = await written(deps, job);
  // A person may be asked next: nobody is sent to do what is taken back after it.
  if (confirmationsOf(job).length > 0) await assertStillLive(deps, job, RESOURCES);
  return report;
}

async function written(deps: Deps, job: Job): Promise<StepReport> {
  if (!job.edits.some(({ step }) => step === 'renderAnsibleFiles'))
    return { note: 'no Ansible consumer, no further file' };
  const commit =
    job.land === 'last' ? await ensureEdits(deps, job, 'renderAnsibleFiles') : await landedCommit(deps, job);
  const warnings = await fileWarnings(deps, job, commit);
  return {
    ...editReport(job, 'renderAnsibleFiles'),
    warnings,
    note: renders(job) ? 'rendered, not applied' : 'written',
  };
}

async function landedCommit(deps: Deps, job: Job): Promise<string> {
  await deps.git.fetch();
  return (await deps.git.head(job.branch)) ?? (await deps.git.head(deps.installation.gitops.branch)) ?? job.base;
}
