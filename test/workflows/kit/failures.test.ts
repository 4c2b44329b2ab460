import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { describeFailure } from '../../../workflows/kit/failures.ts';

const said = (message: string): ApplicationFailure => ApplicationFailure.create({ type: 'NotYet', message });
const timeOut = (cause?: Error): TimeoutFailure =>
  Object.assign(new TimeoutFailure('', undefined, 'SCHEDULE_TO_CLOSE'), { cause });
const allTries = (cause: Error): ActivityFailure =>
  new ActivityFailure('', 'acquireTurn', '5', RetryState.TIMEOUT, 'worker', cause);

it.each<[string, Error, string]>([
  ['the last try', allTries(said('the turn is held')), 'gave up waiting: the turn is held'],
  ['a time-out around the last try', allTries(timeOut(said('the turn is held'))), 'gave up waiting: the turn is held'],
  [
    'time-outs in each other',
    allTries(timeOut(timeOut(said('the turn is held')))),
    'gave up waiting: the turn is held',
  ],
  ['no try', allTries(timeOut()), 'gave up waiting: no answer in time (SCHEDULE_TO_CLOSE)'],
  [
    'the last heartbeat',
    allTries(new TimeoutFailure('', { waiting: 'the turn is held' }, 'SCHEDULE_TO_CLOSE')),
    'gave up waiting: no answer in time (SCHEDULE_TO_CLOSE), still waiting: the turn is held',
  ],
  [
    'a system that uses the same words',
    allTries(said('gave up waiting for the lock of the index')),
    'gave up waiting: gave up waiting for the lock of the index',
  ],
])('a wait that ended by its time is told once, with the words of %s', (_name, error, message) => {
  expect(describeFailure(error).message).toBe(message);
});
