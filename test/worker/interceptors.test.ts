import { ServiceError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { currentAttempt } from '../../activities/kit/attempt.ts';
import { UndoJournal } from '../../activities/kit/undoJournal.ts';
import { NON_RETRYABLE_KINDS, RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { Secret } from '../../core/base/secret.ts';
import { ErrorBoundary, toFailure } from '../../worker/interceptors.ts';
import { attemptIn } from '../fixtures/attempts.ts';
import { everythingOf } from '../fixtures/errors.ts';

const KINDS: readonly ErrorKind[] = [...NON_RETRYABLE_KINDS, 'Conflict', 'RateLimited', 'Unavailable', 'NotYet'];

function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error);
  if (failure instanceof ApplicationFailure) return failure;
  throw failure;
}

test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'])('a machine that has come to a limit (%s) is waited for', (code) => {
  const failure = failureOf(Object.assign(new Error(`spawn git ${code}`), { code }));
  expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  expect(failure.message).toBe(`oidc-registrar: the worker's machine has come to a limit (${code})`);
});

describe('what Temporal answers an activity', () => {
  const answer = (code: number) => Object.assign(new Error(`${code} said`), { code, details: 'said', metadata: {} });
  const asked = (code: number) => new ServiceError('Failed to describe workflow', { cause: answer(code) });

  test.each([1, 2, 4, 8, 10, 13, 14])(
    'is waited for with status %i, from the service and through the client',
    (code) => {
      for (const error of [answer(code), asked(code)])
        expect(failureOf(error)).toMatchObject({
          type: 'Unavailable',
          message: 'Temporal: the server does not answer: said',
          nonRetryable: false,
        });
    },
  );

  test.each([7, 16])('is a refusal with status %i', (code) => {
    expect(failureOf(asked(code))).toMatchObject({ type: 'Unauthorized', details: [{ system: 'Temporal' }] });
  });

  test.each([3, 12])('is a defect of the request with status %i', (code) => {
    expect(failureOf(asked(code)).type).toBe('Unexpected');
  });
});

test.each(['ENOSPC', 'EROFS', 'EDQUOT', 'EIO'])('a disk that answers %s is waited for', (code) => {
  const failure = failureOf(Object.assign(new Error(`${code}: write /var/cache/abcdefghijklmnopqrstuvwxyz`), { code }));
  expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  expect(failure.message).toBe(`oidc-registrar: the worker cannot write to its disk (${code})`);
});

describe('an error of ours', () => {
  test.each(KINDS)('of kind %s becomes a failure of that type, retryable or not as the kind says', (kind) => {
    const error = new RegistrarError({
      system: 'Argo CD',
      kind,
      status: 409,
      message: 'it answered so',
      remedy: 'Do this.',
    });
    const failure = failureOf(error);
    expect(failure).toMatchObject({
      type: kind,
      message: 'Argo CD: it answered so',
      nonRetryable: NON_RETRYABLE_KINDS.includes(kind),
      details: [{ system: 'Argo CD', remedy: 'Do this.', status: 409 }],
    });
    expect(failure.category).toBe(kind === 'NotYet' ? ApplicationFailureCategory.BENIGN : undefined);
  });

  test('that says when to come back makes Temporal come back then', () => {
    const error = new RegistrarError({
      system: '1Password',
      kind: 'RateLimited',
      message: 'too many',
      remedy: 'Wait.',
      retryAfterMs: 7_500,
    });
    const failure = failureOf(error);
    expect(failure.nextRetryDelay).toBe(7_500);
    expect(failure.details).toEqual([{ system: '1Password', remedy: 'Wait.' }]);
    const silent = new RegistrarError({
      system: '1Password',
      kind: 'RateLimited',
      message: 'too many',
      remedy: 'Wait.',
    });
    expect(failureOf(silent).nextRetryDelay).toBeUndefined();
  });
});

describe('what is not ours', () => {
  test('passes with its name and without what could be a token', () => {
    class AxiosError extends Error {
      readonly config = { headers: { authorization: 'Bearer abcdefghijklmnop0123' } };
    }
    const error = new AxiosError('request to host failed with token abcdefghijklmnop0123 in it', {
      cause: new Error('abcdefghijklmnop0123'),
    });
    error.name = 'AxiosError';
    const failure = failureOf(error);
    expect(failure.type).toBe('Unexpected');
    expect(failure.message).toBe(
      'oidc-registrar: unexpected AxiosError: request to host failed with token [masked] in it',
    );
    expect(failure.nonRetryable).toBe(false);
    expect(failure.cause).toBeUndefined();
    expect(everythingOf(failure)).not.toContain('abcdefghijklmnop0123');
  });

  test.each([
    [{ status: 401, message: 'abcdefghijklmnop0123' }, 'oidc-registrar: unexpected object: '],
    ['abcdefghijklmnop0123', 'oidc-registrar: unexpected string: '],
    [undefined, 'oidc-registrar: unexpected undefined: '],
  ])('%j is told by its type alone', (thrown, message) => {
    expect(failureOf(thrown).message).toBe(message);
  });

  test('a cancelled or a Temporal failure passes as it is', () => {
    const cancelled = new CancelledFailure('cancelled');
    const failed = ApplicationFailure.nonRetryable('x', 'y');
    expect(toFailure(cancelled)).toBe(cancelled);
    expect(toFailure(failed)).toBe(failed);
  });

  test('an abort of a request is a cancel', () => {
    const controller = new AbortController();
    controller.abort();
    expect(toFailure(controller.signal.reason)).toBeInstanceOf(CancelledFailure);
    // A time limit that ran out is none.
    expect(failureOf(new DOMException('too late', 'TimeoutError')).type).toBe('Unexpected');
  });
});

describe('the border around an activity', () => {
  const input = { args: [], headers: {} } as never;

  test('lets a result through', async () => {
    expect(await new ErrorBoundary().execute(input, () => Promise.resolve('done'))).toBe('done');
  });

  const refused = new RegistrarError({ system: 'Git', kind: 'Refused', message: 'no', remedy: 'Ask.' });
  const fails = (heartbeatDetails: unknown, act: () => Promise<never>) =>
    attemptIn(async () => undefined, { heartbeatDetails })
      .run(() => new ErrorBoundary().execute(input, act))
      .catch((error: unknown) => error);

  test('translates what is thrown', async () => {
    const failure = await fails(undefined, () => Promise.reject(refused));
    expect(failure).toMatchObject({ type: 'Refused', message: 'Git: no', nonRetryable: true });
  });

  test('masks what is known to be secret in every failure, ours and those of others', async () => {
    const phrase = 'three blind mice in a row';
    const { message, remedy } = new RegistrarError({
      system: 'Git',
      kind: 'Failed',
      message: new Secret(phrase).reveal(),
      remedy: `Forget ${phrase}.`,
    });
    expect([message, remedy]).toEqual(['[masked]', 'Forget [masked].']);
    const thrown = ApplicationFailure.create({ type: 'Failed', message: `no: ${JSON.stringify({ phrase })}` });
    const failure = await fails(undefined, () => Promise.reject(thrown));
    expect(failure).toMatchObject({ message: 'no: {"phrase":"[masked]"}' });
  });

  test('tells what its attempts have set out to take away, for an activity that does it again', async () => {
    const undoing = [{ what: 'group a', done: 'group a deleted' }];
    const here = { what: 'group b', done: 'group b deleted' };
    const begins = async (): Promise<never> => {
      await new UndoJournal().begin(here);
      throw refused;
    };
    const failures = await Promise.all([fails({ undoing }, begins), fails(undefined, () => Promise.reject(refused))]);
    const told = failures.map((failure) => (failure as ApplicationFailure).details?.[0] as { undoing?: unknown });
    expect(told.map((details) => details.undoing)).toEqual([[...undoing, here], undefined]);
  });

  test('says where no attempt of the activity has set out to change anything', async () => {
    const wrote = async (): Promise<never> => {
      await currentAttempt.timeFor(1_000);
      throw refused;
    };
    const before = await Promise.all([
      fails(undefined, () => Promise.reject(refused)),
      fails(undefined, wrote),
      fails({ writes: true }, () => Promise.reject(refused)),
    ]);
    const untouched = before.map((failure) => (failure as ApplicationFailure).details?.[0] as { untouched?: boolean });
    expect(untouched.map((details) => details.untouched)).toEqual([true, undefined, undefined]);
  });
});
