import { describe, expect, test } from 'vitest';
import { differences, seenTypes } from './authentik/compare.ts';
import type { Recording } from './authentik/recordings.ts';

function recorded(body: unknown, path = '/api/v3/core/groups/'): Recording {
  return {
    name: 'one',
    precondition: '',
    request: { method: 'GET', path, headers: {} },
    response: { status: 200, headers: {}, body },
  };
}

function compare(left: unknown, right: unknown, how = { shapeOnly: false, ownWords: false }): readonly string[] {
  return differences(left, right, 'GET /api/v3/core/groups/', { seen: seenTypes([recorded(left)]), ...how });
}

describe('an answer differs from a recorded one', () => {
  test.each([
    ['by a key that is missing', { name: 'a', pk: 'x' }, { name: 'a' }],
    ['by a key that was not recorded', { name: 'a' }, { name: 'a', more: 1 }],
    ['by a JSON type', { order: 0 }, { order: '0' }],
    ['by null where a value was recorded', { provider: 1 }, { provider: null }],
    ['by a word', { detail: 'Not found.' }, { detail: 'Gone.' }],
    ['by a flag', { enabled: true }, { enabled: false }],
    ['by a number that means something', { order: 0 }, { order: 1 }],
    ['by a list that is empty', { results: [1] }, { results: [] }],
    ['by a list that is not empty', { results: [] }, { results: [1] }],
    ['by the length of a list', { results: ['a', 'b'] }, { results: ['a'] }],
    ['by one element of a list', { results: [{ a: 1 }] }, { results: [{ b: 1 }] }],
    ['by a hash that is there', { last_applied_hash: '' }, { last_applied_hash: 'ab' }],
  ])('%s', (_how, left, right) => {
    expect(compare(left, right)).not.toEqual([]);
    expect(compare(left, left)).toEqual([]);
  });

  test('but not by keys, times, hashes and counts', () => {
    const one = {
      pk: '145bfb3a-b8c5-4681-92f6-8a7436ac705e',
      last_applied: '2026-11-24T13:58:32.868563Z',
      last_applied_hash: 'abc',
      count: 1,
    };
    const other = {
      pk: '9b12968f-715c-4656-8791-d96f44d26413',
      last_applied: '2026-11-25T00:00:00.000001Z',
      last_applied_hash: 'def',
      count: 7,
    };
    expect(compare(one, other)).toEqual([]);
  });

  test('but not by null where null and a value were both recorded of that route', () => {
    const seen = seenTypes([recorded({ results: [{ group: null }] }), recorded({ results: [{ group: 'a' }] })]);
    const how = { seen, shapeOnly: false, ownWords: false };
    expect(differences([{ group: 'a' }], [{ group: null }], 'GET /api/v3/core/groups/.results', how)).toEqual([]);
  });

  test('but not by the length of a list that was cut', () => {
    expect(compare({ results: ['a', '…trimmed'] }, { results: ['a', 'a'] })).toEqual([]);
    expect(compare({ results: ['a'], _trimmed: '3 results, first 1 kept' }, { results: ['a', 'a'] })).toEqual([]);
    expect(compare({ frames: ['…1 frames trimmed'] }, { frames: [] })).toEqual([]);
  });

  test('in its keys alone where only the shape is asked', () => {
    const how = { shapeOnly: true, ownWords: false };
    expect(compare({ path: 'a' }, { path: 'b' }, how)).toEqual([]);
    expect(compare({ path: 'a' }, { name: 'a' }, how)).toHaveLength(2);
  });
});
