import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
let watching = false;

/** What the sandbox started is ended on every way out of this process. */
export function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const each of children) each.kill('SIGKILL');
  });
}
