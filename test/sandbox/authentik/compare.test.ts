import { describe, expect, test } from 'vitest';
import { differences, Keys, matchPaths, routeOf } from './compare.ts';
import { haveRecordings, readRecording, recordedNames, VERSIONS } from './recordings.ts';

function compare(left: unknown, right: unknown, keys = new Keys()): readonly string[] {
  return differences(left, right, 'GET /api/v3/core/groups/', { keys, ownWords: false });
}

const ONE = '145bfb3a-b8c5-4681-92f6-8a7436ac705e';
const OTHER = '9b12968f-715c-4656-8791-d96f44d26413';
const THIRD = '5cf507f4-6f65-42c1-8a3a-0262ac82e63e';

describe('an answer differs from a recorded one', () => {
  test.each([
    ['by a key that is missing', { name: 'a', pk: 'x' }, { name: 'a' }],
    ['by a key that was not recorded', { name: 'a' }, { name: 'a', more: 1 }],
    ['by a JSON type', { order: 0 }, { order: '0' }],
    ['by null where a value was recorded', { provider: 1 }, { provider: null }],
    ['by a value where null was recorded', { provider: null }, { provider: 1 }],
    ['by a word', { detail: 'Not found.' }, { detail: 'Gone.' }],
    ['by a flag', { enabled: true }, { enabled: false }],
    ['by a number', { order: 0 }, { order: 1 }],
    ['by a count', { pagination: { count: 1 } }, { pagination: { count: 2 } }],
    ['by a list that is empty', { results: [1] }, { results: [] }],
    ['by a list that is not empty', { results: [] }, { results: [1] }],
    ['by the length of a list', { results: ['a', 'b'] }, { results: ['a'] }],
    ['by one element of a list', { results: [{ a: 1 }] }, { results: [{ b: 1 }] }],
    ['by the order of a list', { scopes: ['a', 'b'] }, { scopes: ['b', 'a'] }],
    ['by one element twice', { scopes: ['a', 'b'] }, { scopes: ['a', 'a'] }],
    ['by a hash that is there', { last_applied_hash: '' }, { last_applied_hash: 'a'.repeat(128) }],
    ['by a hash that is none', { last_applied_hash: 'a'.repeat(128) }, { last_applied_hash: 'a' }],
    ['by a time without microseconds', { at: '2026-11-24T13:58:32.868563Z' }, { at: '2026-11-24T13:58:32Z' }],
    ['by one object that has two keys', { pk: ONE, target: ONE }, { pk: OTHER, target: THIRD }],
    ['by two objects that have one key', { pk: ONE, target: OTHER }, { pk: THIRD, target: THIRD }],
    ['by a number that is another key', { pk: 2, user: 2 }, { pk: 3, user: 4 }],
    ['by nothing in the place of what was cut', { avatar: 'data:…trimmed' }, { avatar: '' }],
    ['by another beginning of what was cut', { avatar: 'data:…trimmed' }, { avatar: 'http:' }],
    ['by fewer than what was left of a list', { results: ['a', 'b', '…trimmed'] }, { results: ['a'] }],
  ])('%s', (_how, left, right) => {
    expect(compare(left, right)).not.toEqual([]);
    expect(compare(left, left)).toEqual([]);
  });

  test('by a key that is not the one that was asked for', () => {
    const keys = new Keys();
    expect(matchPaths(`/core/groups/${ONE}/`, `/core/groups/${OTHER}/`, keys)).toBe(true);
    expect(compare({ pk: ONE }, { pk: OTHER }, keys)).toEqual([]);
    expect(compare({ pk: ONE }, { pk: THIRD }, keys)).toHaveLength(1);
  });

  test('but not by keys, times and hashes', () => {
    const one = { pk: ONE, target: ONE, at: '2026-11-24T13:58:32.868563Z', hash: 'a'.repeat(128), user: 7 };
    const other = { pk: OTHER, target: OTHER, at: '2026-11-25T00:00:00.000001Z', hash: 'b'.repeat(128), user: 9 };
    expect(compare(one, other)).toEqual([]);
  });

  test('but not by the length of a list that was cut, nor by what counts it', () => {
    const page = (count: number) => ({ pagination: { count, current: 1 } });
    expect(compare({ results: ['a', '…trimmed'] }, { results: ['a', 'b'] })).toEqual([]);
    const cut = { ...page(3), results: ['a'], _trimmed: '3 results, first 1 kept' };
    expect(compare(cut, { ...page(2), results: ['a', 'b'] })).toEqual([]);
    expect(compare(cut, { ...page(2), results: ['b', 'a'] })).not.toEqual([]);
    expect(compare({ frames: ['…1 frames trimmed'] }, { frames: [] })).toEqual([]);
  });

  test('but not by the order in which log lines come, for they carry their times', () => {
    const line = (second: number, event: string) => ({ timestamp: `2026-11-24T13:58:0${second}.000000Z`, event });
    expect(compare([line(1, 'a'), line(2, 'b')], [line(4, 'b'), line(3, 'a')])).toEqual([]);
    expect(compare([line(1, 'a'), line(2, 'b')], [line(3, 'b'), line(4, 'a')])).not.toEqual([]);
  });
});

interface Mutant {
  readonly what: string;
  readonly body: unknown;
}

/** A recorded answer with one thing wrong, for each thing that can be. */
function mutants(value: unknown, place = ''): readonly Mutant[] {
  if (Array.isArray(value)) {
    const list = value as readonly unknown[];
    return list.flatMap((element, index) =>
      typeof element === 'string' && element.startsWith('…')
        ? []
        : [
            { what: `${place}[] lost`, body: list.toSpliced(index, 1) },
            ...mutants(element, `${place}[]`).map(({ what, body }) => ({ what, body: list.with(index, body) })),
          ],
    );
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([key]) => key !== '_trimmed');
    return [
      { what: `${place} has more`, body: { ...value, surplus: 1 } },
      ...entries.flatMap(([key, inner]) => [
        {
          what: `${place}.${key} lost`,
          body: Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
        },
        ...mutants(inner, `${place}.${key}`).map(({ what, body }) => ({ what, body: { ...value, [key]: body } })),
      ]),
    ];
  }
  return wrong(value).map((body) => ({ what: `${place} as ${typeof body}`, body }));
}

function wrong(value: unknown): readonly unknown[] {
  if (typeof value === 'boolean') return [!value, null];
  if (typeof value === 'number') return [value + 1, null, String(value)];
  if (value === null) return ['something', 0];
  if (value === '{{generated}}') return [null, ''];
  return [`${String(value)} wrong`, null, ''].filter((other) => other !== value);
}

/** Where nothing can be wrong: what the day, the network and the client of that day say, and the words of an HTML page. */
const FREE =
  /\.(version_latest_valid|num_pk|last_m|delay|user_agent|request_id|client_ip|kid|n|x5c|x5t|x5t#S256|token|avatar) as |\.pagination\.\w+ as number|^ as string/;
/** A key that stands there once may be any. */
const KEY = /\.(pk|id|provider|user|users\[\]|user_pk) as number/;

describe.skipIf(!haveRecordings).each(VERSIONS)('of $version', (version) => {
  test.each(recordedNames(version))('%s: whatever is wrong in the answer is noticed', (name) => {
    const recording = readRecording(version, name);
    const place = routeOf(recording);
    const how = () => ({ keys: new Keys(), ownWords: false });
    const { body } = recording.response;
    const survivors = mutants(body)
      .filter((mutant) => differences(body, mutant.body, place, how()).length === 0)
      .map((mutant) => mutant.what)
      .filter((what) => !FREE.test(what) && !KEY.test(what));
    expect(survivors).toEqual([]);
  });
});
