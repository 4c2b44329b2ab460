import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

const children = new Set<ChildProcess>();
const folders = new Set<string>();
let watching = false;

/** What the sandbox started is ended on every way out of this process. */
export function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
  watch();
}

/** A folder of the sandbox's own is removed on every way out of this process. */
export function removeWithUs(folder: string): void {
  folders.add(folder);
  watch();
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const each of children) each.kill('SIGKILL');
    // A child that is being ended may write once more.
    for (const each of folders) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
  });
}
