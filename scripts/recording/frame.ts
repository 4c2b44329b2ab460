/** What a program wrote at once, and when. */
export interface Played {
  readonly atMs: number;
  readonly text: string;
}

/** A spinner turns oftener than anybody need see; each picture has its place in the file. */
const PICTURE_MS = 300;
const LONGEST_PAUSE_MS = 1_500;
const TYPED_MS = 60;
const LAST_MS = 6_000;

/** The command as it is typed, and what it wrote: a few pictures a second, no long pause, and the end long enough to be read. */
export function frame(command: string, played: readonly Played[]): readonly Played[] {
  const typed = Array.from(`$ ${command}\r\n`, (text, i): Played => ({ atMs: i * TYPED_MS, text }));
  let now = typed.length * TYPED_MS;
  let before = 0;
  const shown: Played[] = [];
  for (const { atMs, text } of played) {
    const last = shown.at(-1);
    if (last !== undefined && atMs - before < PICTURE_MS) {
      shown.splice(-1, 1, { ...last, text: last.text + text });
      continue;
    }
    now += Math.min(atMs - before, LONGEST_PAUSE_MS);
    before = atMs;
    shown.push({ atMs: now, text });
  }
  return [...typed, ...shown, { atMs: now + LAST_MS, text: '' }];
}
