import { describe, expect, it } from 'vitest';
import { block, cell, code, link, prose } from '../../../core/base/markdown.ts';

// That the Temporal UI shows each text as it was said is asked of its own renderer in test/e2e/temporalUi.test.ts.

describe('prose', () => {
  it.each([
    ['nothing that is plain', 'zot is not registered: see its file.', 'zot is not registered: see its file.'],
    ['options of a command', 'run x --yes', String.raw`run x \-\-yes`],
    ['emphasis', '*a* _b_ ~c~ ^d^ $e$', String.raw`\*a\* \_b\_ \~c\~ \^d\^ \$e\$`],
    ['tags and entities', '<b>&amp;</b>', String.raw`\<b\>\&amp;\</b\>`],
    ['links of others', '[a](ftp://b)', String.raw`\[a\](ftp\://b)`],
    ['a list, a title, a quotation', '- a\n# b\n> c', String.raw`\- a # b \> c`],
    ['a fraction', '1/2 of 10/20', '1&#47;2 of 10&#47;20'],
    ['a back-tick alone', 'a ` b', 'a \\` b'],
  ])('lets %s stand as it is', (_what, text, markdown) => {
    expect(prose(text)).toBe(markdown);
  });

  it('keeps commands as code, and makes links of addresses', () => {
    expect(prose('do `x --y *z*`, see https://a.example/b_c?d=1--2.')).toBe(
      'do `x --y *z*`, see [https\\://a.example/b\\_c?d=1\\-\\-2](https://a.example/b_c?d=1--2).',
    );
  });

  it('makes one line of several', () => {
    expect(prose(' a\r\n\n  b\n')).toBe('a b');
  });
});

it('keeps a cell of a table whole, for which code with a pipe in it is none', () => {
  expect(cell('a|b `c | d` `e`')).toBe('a\\|b c \\| d `e`');
});

it('fences code by more back-ticks than it holds', () => {
  expect([code('a --b'), code('a `b` ``c')]).toEqual(['`a --b`', '``` a `b` ``c ```']);
  expect(block(['a', '```', ' b'])).toEqual(['', '    ````text', '    a', '    ```', '     b', '    ````']);
});

it('shows what a link is called, and keeps brackets out of its address', () => {
  expect(link('a [b]', 'https://a.example/(b)')).toBe(String.raw`[a \[b\]](https://a.example/%28b%29)`);
});
