import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, expect, test } from 'vitest';
import { createActivities } from '../../../activities/createActivities.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import type { Job } from '../../../core/run/job.ts';
import { referenceTo } from '../../../core/run/jobReference.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const job = { client: 'zot', changeId: 'c', branch: 'b', digest: 'v2:a=1', land: 'last', edits: [] } as unknown as Job;
let reads: string[] = [];
let seen: unknown[] = [];
let fails: Error | undefined;

/** A worker of which one activity tells what it is given: the clean-up asks Git first, with the job's branch. */
function workerOf(digest = 'v2:a=1') {
  const deps = {
    digest,
    formerDigest: '',
    installation: installationSchema.parse(caseInstallation),
    runs: {
      plannedJob: async (workflowId: string, runId: string) => {
        reads.push(`${workflowId} ${runId}`);
        if (fails !== undefined) throw fails;
        return job;
      },
    },
    git: {
      head: async (branch: string) => {
        seen.push(branch);
        throw new Error('seen');
      },
      fetch: async () => undefined,
    },
  } as unknown as Deps;
  const { deleteRunBranch } = createActivities(deps);
  return (given: unknown, runId: string) =>
    new MockActivityEnvironment({ workflowExecution: { workflowId: 'oidc-client/zot', runId } })
      .run(() => deleteRunBranch(given as Job))
      .catch((error: unknown) => error);
}

beforeEach(() => {
  reads = [];
  seen = [];
  fails = undefined;
});

test('an activity that is given a reference works on the job of its own run, which is read once', async () => {
  const run = workerOf();
  await run(referenceTo(job, 'preflight', job), 'r1');
  await run(referenceTo({ ...job, branch: 'another' }, 'preflight', job), 'r1');
  await run(referenceTo(job, 'preflight', job), 'r2');
  expect(seen).toEqual(['b', 'another', 'b']);
  expect(reads).toEqual(['oidc-client/zot r1', 'oidc-client/zot r2']);
});

test('a job itself, as runs of earlier releases give it, is taken as it is', async () => {
  await workerOf()(job, 'r1');
  expect(seen).toEqual(['b']);
  expect(reads).toEqual([]);
});

test('the places of the job are compared with those of the worker', async () => {
  const error = await workerOf('v2:a=2')(referenceTo(job, 'preflight', job), 'r1');
  expect(error).toMatchObject({ kind: 'OtherConfiguration' });
  expect(seen).toEqual([]);
});

test('a history that could not be read is read again by the next attempt', async () => {
  const run = workerOf();
  fails = new Error('no server');
  expect(await run(referenceTo(job, 'preflight', job), 'r1')).toBe(fails);
  fails = undefined;
  await run(referenceTo(job, 'preflight', job), 'r1');
  expect(seen).toEqual(['b']);
});
