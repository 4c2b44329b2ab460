import { expect, it } from 'vitest';
import { byText } from '../../../../core/edits/yaml/byText.ts';

/** How often which text was read. */
function reader() {
  const read: string[] = [];
  const of = byText((text) => {
    read.push(text);
    if (text === 'no YAML') throw new Error('it does not parse');
    return { text };
  });
  return { of, read };
}

it('a text is read once for all who ask of it, and what cannot be read each time', () => {
  const { of, read } = reader();
  expect(of('a')).toBe(of('a'));
  for (const _time of [1, 2]) expect(() => of('no YAML')).toThrow('it does not parse');
  expect(read).toEqual(['a', 'no YAML', 'no YAML']);
});

it('what nobody has asked for of late is forgotten, by number and by length', () => {
  const { of, read } = reader();
  for (let i = 0; i < 64; i += 1) of(`text ${i}`);
  of('text 0');
  of('one more');
  read.length = 0;
  for (const text of ['text 0', 'text 2', 'text 1']) of(text);
  expect(read).toEqual(['text 1']);

  const large = 'x'.repeat(7_999_990);
  of(large);
  of(`${large} and more than all others may have`);
  read.length = 0;
  of('text 0');
  of(large);
  expect(read).toEqual(['text 0', large]);
});
