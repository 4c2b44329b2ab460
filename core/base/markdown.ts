/**
 * Markdown as the Temporal UI renders it (gomarkdown, with typographic replacements, mathematics and raw HTML): everything that comes
 * from outside is shown as it was said, and does nothing.
 */

/** Between back-ticks, as the project's own texts mark what a person types; or an address. */
const PARTS = /`([^`\n]+)`|https?:\/\/[^\s<>"'`()[\]{}|\\^]*[^\s<>"'`()[\]{}|\\^.,:;!?*_~]/g;

/** A text of several lines becomes one of one line. What it holds between back-ticks stays code, an address becomes a link. */
export function prose(text: string): string {
  const line = oneLine(text);
  let done = 0;
  const parts = Array.from(line.matchAll(PARTS), (match) => {
    const before = escaped(line.slice(done, match.index));
    done = match.index + match[0].length;
    return before + (match[1] === undefined ? link(match[0], match[0]) : code(match[1]));
  });
  const whole = [...parts, escaped(line.slice(done))].join('');
  // What begins a list, a title or a definition does so at the beginning alone.
  return whole.replace(/^[#+\-:]|(?<=^\d+)[.)]/, String.raw`\$&`);
}

/** As {@link prose}, for a cell of a table: a pipe would end it in code as well, where no escape is known. */
export function cell(text: string): string {
  return prose(text.replaceAll(/`([^`\n]*\|[^`\n]*)`/g, '$1'));
}

/** What a person types, or reads as it is. */
export function code(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** Lines that stand as they are, so that they can be copied: what a list's entry goes on with. */
export function block(lines: readonly string[]): readonly string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => Array.from(line.matchAll(/`+/g), ([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  // Less than four spaces would end the entry.
  return ['', ...[`${fence}text`, ...lines, fence].map((line) => `    ${line}`)];
}

/** A link to an address of the project's own making. */
export function link(text: string, address: string): string {
  return `[${escaped(text)}](${address.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
}

/** What would be markup, or be replaced by a sign that nobody wrote: a dash for "--", "©" for "(c)", a fraction for "1/2". */
function escaped(text: string): string {
  return text
    .replaceAll(
      /[\\`*_[\]<>&|~$^]|-(?=-)|(?<=-)-|\.(?=\.)|(?<=\.)\.|:(?=\/)|(?<=mailto):|\((?=(?:c|r|tm)\))/gi,
      String.raw`\$&`,
    )
    .replaceAll(/(?<=\d)\/(?=\d)/g, '&#47;');
}
