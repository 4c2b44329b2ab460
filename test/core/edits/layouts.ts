import * as fc from 'fast-check';

/** How somebody may have laid out a file: everything that an edit must neither break nor change. */
export interface Layout {
  readonly step: 2 | 4;
  readonly flush: boolean;
  readonly windows: boolean;
  readonly finalNewline: boolean;
  readonly quote: '' | '"' | "'";
  readonly entries: number;
  /** Blank lines and comments after each entry but the last, and after the last. */
  readonly between: readonly Noise[];
  readonly below: readonly Noise[];
  readonly keyAfter: boolean;
  readonly documentsAround: boolean;
}

type Noise = { readonly blank: true } | { readonly comment: string; readonly indent: number };

const noise: fc.Arbitrary<Noise> = fc.oneof(
  fc.constant({ blank: true as const }),
  fc.record({
    comment: fc.constantFrom('a word', '- name: gone', 'a: b', '# twice', '', 'ends with : '),
    indent: fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20),
  }),
);

export const layouts: fc.Arbitrary<Layout> = fc.record({
  step: fc.constantFrom(2 as const, 4 as const),
  flush: fc.boolean(),
  windows: fc.boolean(),
  finalNewline: fc.boolean(),
  quote: fc.constantFrom('' as const, '"' as const, "'" as const),
  entries: fc.integer({ min: 1, max: 4 }),
  between: fc.array(noise, { maxLength: 3 }),
  below: fc.array(noise, { maxLength: 4 }),
  keyAfter: fc.boolean(),
  documentsAround: fc.boolean(),
});

/** The lines of one file, indented by steps; `entry(i)` is one entry of the list or mapping that will be edited. */
export interface Parts {
  readonly head: readonly string[];
  readonly entry: (i: number) => readonly string[];
  readonly after: readonly string[];
}

/** Puts the parts together as the layout says. */
export function write(layout: Layout, { head, entry, after }: Parts): string {
  const all = Array.from({ length: layout.entries }, (_, i) => [
    ...entry(i),
    ...noiseLines(i === layout.entries - 1 ? layout.below : layout.between),
  ]);
  const lines = [...head, ...all.flat(), ...(layout.keyAfter ? after : [])];
  const other = ['kind: Other', 'list:', '  - a', '# between documents'];
  const whole = layout.documentsAround ? [...other, '---', ...lines, '---', ...other] : lines;
  const newline = layout.windows ? '\r\n' : '\n';
  return whole.join(newline) + (layout.finalNewline ? newline : '');
}

function noiseLines(list: readonly Noise[]): readonly string[] {
  return list.map((each) => ('blank' in each ? '' : `${' '.repeat(each.indent)}# ${each.comment}`));
}

/** Lines of a nested text: each leading `\t` is one step of the layout. */
export function nested(layout: Layout, lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/^\t+/, (tabs) => ' '.repeat(tabs.length * layout.step)));
}
