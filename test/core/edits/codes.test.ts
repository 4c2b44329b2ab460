import { expect, it } from 'vitest';
import { readSection } from '../../../core/edits/blueprint/blueprintSection.ts';
import { CannotEdit, documentOf, parse } from '../../../core/edits/yaml/yamlDocument.ts';
import { guarded } from '../../../core/edits/yaml/yamlSplice.ts';

const refusedBy = (act: () => unknown) =>
  guarded('', () => {
    act();
    throw new CannotEdit('it is otherwise');
  });

it.each<[string, () => unknown, string | undefined]>([
  ['a text that is no YAML', () => parse('a: ['), 'syntax'],
  ['a blueprint that is no YAML', () => readSection('a: ['), 'syntax'],
  ['a key that stands twice', () => parse('a: 1\na: 2\n'), 'syntax'],
  [
    'a file without the object',
    () => documentOf(parse('kind: A\nmetadata: {name: b}\n'), 'Deployment', 'worker'),
    'noObject',
  ],
  [
    'an object that stands twice',
    () => documentOf(parse('kind: A\nmetadata: {name: b}\n---\nkind: A\nmetadata: {name: b}\n'), 'A', 'b'),
    undefined,
  ],
  [
    'words that only sound so',
    () => {
      throw new CannotEdit('it holds 0 documents of kind A; "does not parse" stands there');
    },
    undefined,
  ],
])('an edit says by a code, not by its words, that it met %s', (_name, act, code) => {
  expect(refusedBy(act)).toMatchObject({ kind: 'refused' });
  expect((refusedBy(act) as { code?: string }).code).toBe(code);
});
