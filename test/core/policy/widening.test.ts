import { expect, it } from 'vitest';
import { wideningWarning } from '../../../core/policy/widening.ts';

const all = (...groups: readonly string[]) => ({ mode: 'all', groups });
const any = (...groups: readonly string[]) => ({ mode: 'any', groups });

it.each([
  [all('a', 'b'), any('a', 'b'), 'so far only who is in every one of a, b, then who is in any of a, b'],
  [all('a', 'b'), any('a'), 'so far only who is in every one of a, b, then who is in a'],
  [
    all('a', 'b', 'c'),
    all('a', 'c'),
    'so far only who is in every one of a, b, c, then only who is in every one of a, c',
  ],
  [all('a', 'b'), all('a'), 'so far only who is in every one of a, b, then who is in a'],
  [all('a', 'b'), all('a', 'c'), 'so far only who is in every one of a, b, then only who is in every one of a, c'],
  [all('a', ''), any('a'), 'so far only who is in every one of a, a binding to no group, then who is in a'],
  [all('a', 'b'), any(), 'so far only who is in every one of a, b, then every user'],
])('from %o to %o somebody gets in who lacked a group', (before, after, says) => {
  expect(wideningWarning('zot', before, after)).toEqual([`widens who may sign in to application zot: ${says}`]);
});

it.each([
  [all('a', 'b'), all('a', 'b')],
  [all('a', 'b'), all('b', 'a', 'c')],
  [all('a'), any('a')],
  [all(), any('a')],
  // Groups that are added to others are judged one by one.
  [any('a', 'b'), any('a', 'b', 'c')],
  [any('a', 'b'), all('a', 'b')],
  [{ mode: undefined, groups: ['a', 'b'] }, any('a', 'b')],
])('from %o to %o nobody gets in by less', (before, after) => {
  expect(wideningWarning('zot', before, after)).toEqual([]);
});
