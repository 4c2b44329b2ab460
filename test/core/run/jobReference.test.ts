import { expect, test } from 'vitest';
import { otherDestinations } from '../../../core/installation/destinations.ts';
import type { Job } from '../../../core/run/job.ts';
import { isJob, isReference, referenceTo } from '../../../core/run/jobReference.ts';

const planned = { client: 'zot', changeId: 'c', digest: 'v2:a=1', base: 'one', edits: [], names: {} } as unknown as Job;

test('a job as it was planned is referred to by its ids alone', () => {
  expect(referenceTo(planned, 'preflight', planned)).toEqual({
    client: 'zot',
    changeId: 'c',
    digest: 'v3:as planned',
    plannedBy: 'preflight',
  });
});

test('what the run has replaced since is in the reference', () => {
  const rebased = { ...planned, base: 'two', formerBases: ['one'] };
  expect(referenceTo(rebased, 'preflight', planned).changed).toEqual({ base: 'two', formerBases: ['one'] });
});

test('a worker that knows no references waits for one that does, whatever its places are', () => {
  const { digest } = referenceTo(planned, 'preflight', planned);
  expect(otherDestinations(digest, { digest: 'v2:a=1', formerDigest: '' })).toEqual(['the release of oidc-registrar']);
});

test('jobs, references and requests are told apart', () => {
  const request = { client: 'zot', changeId: 'c', digest: 'v2:a=1' };
  const reference = referenceTo(planned, 'preflight', planned);
  expect([planned, reference, request, undefined].map(isJob)).toEqual([true, false, false, false]);
  expect([planned, reference, request, undefined].map(isReference)).toEqual([false, true, false, false]);
});
