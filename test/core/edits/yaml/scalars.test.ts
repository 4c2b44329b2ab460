import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { quotedLike, scalar } from '../../../../core/edits/yaml/scalars.ts';

/** Lines of text as a registration may hold them, with many of the signs that mean something in YAML. */
const oneLine = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...Array.from('ab019 ._-+:,#&*!?|>\'"%@`[]{}<=~/\\eExXyYnNé\u00a0—😀')),
    minLength: 1,
    maxLength: 10,
  }),
  fc.constantFrom(
    'on',
    'No',
    'y',
    '~',
    'null',
    '0755',
    '0x1F',
    '0b1',
    '1_000',
    '1:30',
    '1e3',
    '.inf',
    '2026-01-01',
    '=',
    '<<',
  ),
);

describe('scalar', () => {
  it('reads back as the same text for readers of YAML 1.1 and 1.2, in block and in flow', () => {
    fc.assert(
      fc.property(oneLine, fc.constantFrom('1.1' as const, '1.2' as const), (text, version) => {
        expect(parse(`k: ${scalar(text)}\n`, { version })).toEqual({ k: text });
        expect(parse(`- ${scalar(text)}\n`, { version })).toEqual([text]);
        expect(parse(`[a, ${scalar(text, true)}]\n`, { version })).toEqual(['a', text]);
        expect(parse(`{k: ${scalar(text, true)}}\n`, { version })).toEqual({ k: text });
      }),
      { numRuns: 300 },
    );
  });

  it.each(['Zot', 'a-b_c.d', 'two words', "it's", 'a:b', 'a#b', 'https://a.test/x?y=z', 'C:\\x', 'x - y', 'Ünï ✓'])(
    'leaves %j plain where it is safe',
    (text) => {
      expect(scalar(text)).toBe(text);
    },
  );

  it.each([
    '{{ x }}',
    '',
    ' a',
    'a ',
    'a: b',
    'a:',
    'a #b',
    '#a',
    '- a',
    '? a',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a`',
    '"a"',
    "'a'",
    '[a',
    '{a',
    ']',
    ',',
    'on',
    'Off',
    'YES',
    'no',
    'y',
    'N',
    'true',
    'null',
    '~',
    '0755',
    '12',
    '1.5',
    '1e3',
    '0x1f',
    '0b11',
    '1_000',
    '1:30',
    '2026-01-01',
    '.5',
    '.nan',
    '=',
    '<<',
    'a\nb',
    'a\tb',
  ])('quotes %j', (text) => {
    expect(scalar(text)).toBe(JSON.stringify(text));
  });

  it.each(['a,b', 'a]', 'a}', 'who?', 'a:b', ':a'])('quotes %j in flow style only', (text) => {
    expect([scalar(text), scalar(text, true)]).toEqual([text, JSON.stringify(text)]);
  });
});

describe('quotedLike', () => {
  const node = (text: string): unknown => parseDocument(text).contents;

  it('quotes as the neighbour is quoted', () => {
    expect(quotedLike(node("'x'"), "it's")).toBe("'it''s'");
    expect(quotedLike(node('"x"'), 'say "a"')).toBe('"say \\"a\\""');
    expect(quotedLike(node('x'), 'plain')).toBe('plain');
  });

  it('quotes where the neighbour needs none but this text does', () => {
    expect(quotedLike(node('x'), 'a: b')).toBe('"a: b"');
    expect(quotedLike(node('x'), 'a, b', true)).toBe('"a, b"');
  });
});
