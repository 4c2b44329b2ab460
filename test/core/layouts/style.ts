import * as fc from 'fast-check';

/** How somebody lays out one file; each file of a repository has its own. */
export interface Style {
  readonly step: 2 | 4;
  readonly flush: boolean;
  readonly windows: boolean;
  readonly finalNewline: boolean;
  /** A byte order mark, as some editors of Windows write it. */
  readonly mark: boolean;
  /** `...` below the document. */
  readonly ended: boolean;
  readonly header: '' | '---' | '# about this file\n---' | '# about this file\n\n---\n# more' | '%YAML 1.1\n---';
  readonly around: 'none' | 'before' | 'after' | 'both';
  readonly quotedKeys: boolean;
  readonly comment: '' | ' # so' | '  # so' | '  # a\ttab';
  readonly quote: '' | '"' | "'";
  readonly blankBetween: boolean;
  readonly below: readonly string[];
  readonly blankAtEnd: number;
}

/** Comment and blank lines after the entries; `›` is one step of indentation. */
const noise = fc.constantFrom('', '# a word', '›# - name: gone', '››# a: b', '›››››# deep\tdown', '   # three', '›# :');

export const styles: fc.Arbitrary<Style> = fc.record({
  step: fc.constantFrom(2 as const, 4 as const),
  flush: fc.boolean(),
  windows: fc.boolean(),
  finalNewline: fc.boolean(),
  mark: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
  ended: fc.integer({ min: 0, max: 5 }).map((n) => n === 5),
  header: fc.constantFrom(
    '' as const,
    '---' as const,
    '# about this file\n---' as const,
    '# about this file\n\n---\n# more' as const,
    '%YAML 1.1\n---' as const,
  ),
  around: fc.constantFrom('none' as const, 'none' as const, 'before' as const, 'after' as const, 'both' as const),
  quotedKeys: fc.boolean(),
  comment: fc.constantFrom('' as const, ' # so' as const, '  # so' as const, '  # a\ttab' as const),
  quote: fc.constantFrom('' as const, '"' as const, "'" as const),
  blankBetween: fc.boolean(),
  below: fc.array(noise, { maxLength: 3 }),
  blankAtEnd: fc.nat(2),
});

const QUOTED =
  /^(\s*(?:- )?)(kind|metadata|name|spec|data|env|containers|secretKey|remoteRef|pre_tasks|roles|hosts):(?=\s|$)/;

/** Lines as the style writes them: `›` at a line's beginning is one step. Documents of others stand around where `documents` allows it. */
export function written(style: Style, lines: readonly string[], documents = true): string {
  const others = ['kind: Other', 'list:', '  - 0755', "  - 'on'", '# between'];
  const own = lines
    .map((line) => line.replace(/^[› ]+/, (pad) => pad.replaceAll('›', ' '.repeat(style.step))))
    .map((line) => (style.quotedKeys ? line.replace(QUOTED, '$1"$2":') : line));
  const around = documents ? style.around : 'none';
  const all = [
    ...(style.header === '' ? [] : style.header.split('\n')),
    ...(around === 'before' || around === 'both' ? [...others, '---'] : []),
    ...own,
    ...(style.ended ? ['...'] : []),
    ...(around === 'after' || around === 'both' ? ['---', ...others] : []),
  ];
  const text =
    (style.mark ? '\uFEFF' : '') + all.join('\n') + (style.finalNewline ? `\n${'\n'.repeat(style.blankAtEnd)}` : '');
  return style.windows ? text.replaceAll('\n', '\r\n') : text;
}

/** Items below a key that is indented so deep, with blank lines between them where the style has some. */
export function listed(style: Style, depth: number, items: readonly (readonly string[])[]): readonly string[] {
  const pad = '›'.repeat(style.flush ? depth : depth + 1);
  return items.flatMap((item, i) => [
    ...(style.blankBetween && i > 0 ? [''] : []),
    ...item.map((line) => (line === '' ? '' : `${pad}${line}`)),
  ]);
}
