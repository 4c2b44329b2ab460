import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { withdraw, withdrawUnlessKept } from '../../../activities/branch/pullRequest.ts';
import { takenUp } from '../../../activities/rotate/takenUp.ts';
import { AttemptOver } from '../../../core/base/attemptOver.ts';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import type { RotationJob } from '../../../core/run/rotation.ts';
import type { Job } from '../../../core/run/job.ts';
import { Secret } from '../../../core/base/secret.ts';

const said = (kind: ErrorKind, lacking?: readonly string[]): RegistrarError =>
  new RegistrarError({
    system: 'Forge',
    kind,
    message: kind,
    remedy: '',
    ...(lacking === undefined ? {} : { lacking }),
  });

/** None of them says anything of what was asked, and none may be taken for an answer. */
const NO_ANSWERS = [new AttemptOver('it is over'), new CancelledFailure('x'), new TypeError('x')];
const PASSING = (['Unavailable', 'RateLimited', 'Conflict', 'NotYet'] as const).map((kind) => said(kind));
const LASTING = (['Refused', 'NotFound', 'Failed'] as const).map((kind) => said(kind));

/** What `work` ends with in this attempt of an activity: its error, where it has one. */
async function ending(work: () => Promise<unknown>, attempt = 1): Promise<unknown> {
  return new MockActivityEnvironment({ attempt }).run(work).catch((error: unknown) => error);
}

describe('a forge that is to close a pull request', () => {
  const job = { client: 'zot', changeId: 'c' } as Job;
  const branch = 'oidc-registrar/zot-c';

  function withdrawing(thrown: unknown, deleted: string[] = []): () => Promise<void> {
    const find = (): Promise<never> => Promise.reject(thrown);
    const git = {
      fetch: async () => undefined,
      head: async () => 'abc',
      log: async () => [],
      deleteBranch: async (name: string) => void deleted.push(name),
    };
    const deps = { git, forge: { find }, installation: { gitops: { branch: 'main' } } } as unknown as Deps;
    return () => withdraw(deps, job, branch, '');
  }

  test.each([...LASTING, said('Unauthorized')])('is no obstacle where it says $kind', async (error) => {
    const deleted: string[] = [];
    expect(await ending(withdrawing(error, deleted))).toBeUndefined();
    expect(deleted).toEqual([branch]);
  });

  test.each(PASSING)('is asked three times where it says $kind', async (error) => {
    for (const attempt of [1, 2]) expect(await ending(withdrawing(error), attempt)).toBe(error);
    expect(await ending(withdrawing(error), 3)).toBeUndefined();
  });

  test.each(NO_ANSWERS)('is not blamed for %s', async (error) => {
    for (const attempt of [1, 3]) expect(await ending(withdrawing(error), attempt)).toBe(error);
  });
});

describe('a branch that is needed no longer', () => {
  function keeping(thrown: unknown): () => Promise<boolean> {
    const git = { fetch: (): Promise<never> => Promise.reject(thrown) };
    return () => withdrawUnlessKept({ git } as unknown as Deps, { client: 'zot' } as Job, 'oidc-registrar/zot-c', '');
  }

  test('is kept where deleting it is refused', async () => {
    expect(await ending(keeping(said('Refused')))).toBe(false);
  });

  test.each([...PASSING, said('Unauthorized'), ...NO_ANSWERS])('is tried again after %s', async (error) => {
    expect(await ending(keeping(error))).toBe(error);
  });
});

describe('a status that only another apply can tidy up', () => {
  const [inService, taken] = [new Secret('in service'), new Secret('taken out')];
  const job = {
    client: 'zot',
    mode: 'apply',
    names: { blueprintPath: 'custom/zot.yaml', clientId: 'zot' },
    blueprint: { hash: 'h' },
  } as unknown as RotationJob;

  function tidying(thrown: unknown): () => Promise<unknown> {
    const instance = { pk: 'i', enabled: true, status: 'error', lastApplied: '', lastAppliedHash: 'h' };
    const authentik = {
      testSecret: async (_client: string, secret: Secret) => (secret === inService ? 'right' : 'wrong'),
      instancesByPath: async () => [instance],
      applyTasks: async () => [],
      apply: (): Promise<never> => Promise.reject(thrown),
    };
    return () => takenUp({ authentik } as unknown as Deps, job, { inService, taken });
  }

  test.each([...LASTING, said('Unauthorized', ['apply'])])('is listed where Authentik says $kind', async (error) => {
    expect(await ending(tidying(error))).toMatchObject([{ what: 'the status of blueprint custom/zot.yaml' }]);
  });

  test.each([...PASSING, said('Unauthorized'), ...NO_ANSWERS])('is tried again after %s', async (error) => {
    expect(await ending(tidying(error))).toBe(error);
  });
});
