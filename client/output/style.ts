import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colour where a person looks, plain text for a pipe or with NO_COLOR. */
export function paint(format: Format, text: string): string {
  const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  return colours ? styleText(format, text) : text;
}

export function heading(text: string): string {
  return `\n${paint('bold', text)}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `2026-11-30 14:05Z` of an ISO time; a word stays as it is. */
export function minute(text: string): string {
  return /^\d/.test(text) ? `${text.slice(0, 16).replace('T', ' ')}Z` : text;
}

/** How a run ended, as people write it: `timedOut` in results is "timed out". */
export function outcomeWord(outcome: string): string {
  return outcome.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A unified diff, coloured. */
export function diffLines(diff: string): string {
  return diff
    .split('\n')
    .map((line) => {
      if (/^(diff |index |--- |\+\+\+ |new file)/.test(line)) return paint('bold', line);
      if (line.startsWith('@@')) return paint('cyan', line);
      if (line.startsWith('+')) return paint('green', line);
      if (line.startsWith('-')) return paint('red', line);
      return line;
    })
    .join('\n');
}
