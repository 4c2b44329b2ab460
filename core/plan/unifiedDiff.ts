import { structuredPatch } from 'diff';

/** One file as it is and as it would be. */
export interface FileTexts {
  /** Inside the repository, with "/". */
  readonly path: string;
  /** Undefined: there is no such file. */
  readonly before: string | undefined;
  /** Undefined: the file goes. */
  readonly after: string | undefined;
}

/** Lines around a change, as git shows them. */
const CONTEXT = 3;
const NO_NEWLINE = '\\ No newline at end of file';

/**
 * The difference as `git apply` takes it; empty where there is none. Line ends are kept as they are, so a file with CRLF has them
 * in its diff, and a last line without one is marked.
 */
export function unifiedDiff({ path, before, after }: FileTexts, context = CONTEXT): string {
  if (before === after) return '';
  const { hunks } = structuredPatch(path, path, before ?? '', after ?? '', undefined, undefined, { context });
  const [from, to] = [quoted(`a/${path}`), quoted(`b/${path}`)];
  // git writes a tab after a name with a blank, so that nobody takes what follows for a date.
  const name = (text: string): string => (text.includes(' ') && !text.startsWith('"') ? `${text}\t` : text);
  const head = [
    `diff --git ${from} ${to}`,
    ...(before === undefined ? ['new file mode 100644'] : []),
    ...(after === undefined ? ['deleted file mode 100644'] : []),
    `--- ${before === undefined ? '/dev/null' : name(from)}`,
    `+++ ${after === undefined ? '/dev/null' : name(to)}`,
  ];
  const lines = hunks.flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines.map((line) => (line.startsWith('\\') ? NO_NEWLINE : line)),
  ]);
  return `${[...head, ...lines].join('\n')}\n`;
}

/** Where a side of a hunk has no line, the line before it is named. */
function range(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

/** As git quotes a name: only what would end it or be read as an escape. */
function quoted(name: string): string {
  return /["\\]/.test(name) ? `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"` : name;
}
