import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { entryName, entryOf, type Entry } from '../../../core/changes/entry.ts';

it.each<[string, Entry]>([
  ['configMap', { place: 'configMap' }],
  ['consumerSecret/0', { place: 'consumerSecret', index: 0 }],
  ['file/12', { place: 'file', index: 12 }],
  ['former preTasks/1', { place: 'preTasks', index: 1, former: true }],
])('%s, as open runs have it in their histories, names one entry', (name, entry) => {
  expect(entryName(entry)).toBe(name);
  expect(entryOf(name)).toEqual(entry);
});

it('keeps a name that it does not know', () => {
  const names = fc.oneof(fc.string(), fc.stringMatching(/^(former )?[a-zA-Z/]{0,6}\/[0-9]{0,12}$/));
  fc.assert(fc.property(names, (name) => entryName(entryOf(name)) === name));
});
