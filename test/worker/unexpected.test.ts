import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { currentAttempt } from '../../activities/kit/attempt.ts';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { ErrorBoundary } from '../../worker/interceptors.ts';
import { createLogger } from '../../worker/logger.ts';
import { attemptIn } from '../fixtures/attempts.ts';

// What nobody knows is a defect more often than a disturbance: it is tried three times, not for an hour with the turn held.

type Act = () => Promise<unknown>;
const unknown: Act = async () => {
  throw new TypeError('deed.join is not a function');
};
const notYet: Act = async () => {
  throw new RegistrarError({ system: 'Git', kind: 'NotYet', message: 'the turn is held', remedy: 'Wait.' });
};

/** All tries of one activity, each by another worker, as Temporal makes them: what one has noted is the next one's. */
async function triesOf(all: readonly Act[], deaf = false): Promise<readonly ApplicationFailure[]> {
  const failures: ApplicationFailure[] = [];
  let heartbeatDetails: unknown;
  for (const [at, act] of all.entries()) {
    const info: Partial<Info> = { attempt: at + 1, heartbeatDetails };
    const attempt = attemptIn(async (_token, details) => {
      if (deaf) throw new AttemptOver('the server does not answer');
      heartbeatDetails = details;
    }, info);
    const ended: unknown = await attempt
      .run(() => new ErrorBoundary().execute({ args: [], headers: {} }, act))
      .catch((error: unknown) => error);
    if (!(ended instanceof ApplicationFailure)) throw new Error(`no failure, but ${String(ended)}`);
    failures.push(ended);
    if (ended.nonRetryable === true) break;
  }
  return failures;
}

const message = 'oidc-registrar: unexpected TypeError: deed.join is not a function';

describe('an unexpected end', () => {
  test('is tried again twice, and the third says so and what to do', async () => {
    const failures = await triesOf(Array.from({ length: 10 }, () => unknown));

    expect(failures.map((failure) => failure.message)).toEqual([message, message, `${message} (3 tries ended so)`]);
    expect(failures.at(-1)).toMatchObject({ type: 'Unexpected', nonRetryable: true });
    const [details] = failures.at(-1)?.details ?? [];
    expect(details).toMatchObject({ system: 'oidc-registrar', untouched: true });
    expect((details as { remedy: string }).remedy).toContain('Start again with a worker that mends it.');
  });

  test('is counted, and not the tries before it: a wait for days may meet one', async () => {
    const wait = Array.from({ length: 20 }, () => notYet);
    const failures = await triesOf([...wait, unknown, ...wait, unknown, notYet]);

    expect(failures.every(({ nonRetryable }) => nonRetryable !== true)).toBe(true);
  });

  test('keeps what its tries have noted', async () => {
    const writes: Act = async () => {
      await currentAttempt.timeFor(1_000);
      return unknown();
    };
    const failures = await triesOf([writes, unknown, unknown]);

    expect(failures).toHaveLength(3);
    for (const { details } of failures) expect(details?.[0]).not.toHaveProperty('untouched');
    expect(failures.at(-1)?.nonRetryable).toBe(true);
  });

  test('whose count the server does not take is told all the same, as it is', async () => {
    const failures = await triesOf([unknown, unknown, unknown], true);

    expect(failures.map((failure) => failure.message)).toEqual([message, message, message]);
  });
});

test('the log has the places in the code, and no word that may be a token', async () => {
  const token = 'token-of-somebody-0123456789abcdef';
  const lines: string[] = [];
  const log = createLogger('error', { write: (line: string) => void lines.push(line) });
  const fails = async (): Promise<never> => {
    throw new TypeError(`no such header\n    at ${token}:1:1\n${token}`);
  };
  await attemptIn(async () => undefined, {}, log)
    .run(() => new ErrorBoundary().execute({ args: [], headers: {} }, fails))
    .catch(() => undefined);

  const [first = '{}'] = lines;
  const { at } = JSON.parse(first) as { at: readonly string[] };
  expect(at[0]).toMatch(/^at fails \(.*unexpected\.test\.ts:\d+:\d+\)$/);
  expect(lines.join('\n')).not.toContain(token);
});

/** A worker in which everything is out of order. */
const broken = new Proxy({} as Deps, {
  get: () => {
    throw new TypeError('nothing is as it should be');
  },
});

test.each(Object.entries(createActivities(broken)))(
  '%s ends unexpectedly three times at most',
  async (_name, activity) => {
    const act = async () => (activity as (...args: unknown[]) => Promise<unknown>)({});
    const failures = await triesOf(Array.from({ length: 10 }, () => act));

    expect(failures.map(({ type, nonRetryable }) => [type, nonRetryable === true])).toEqual([
      ['Unexpected', false],
      ['Unexpected', false],
      ['Unexpected', true],
    ]);
  },
);
