import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** What the workers asked of the Git server. */
export interface GitFigures {
  /** Questions for its heads; a fetch follows where they are not all known. */
  readonly looks: number;
  readonly fetches: number;
  /** Of the target branch. */
  readonly landed: number;
  /** Pushes to the target branch that somebody was faster than. */
  readonly raced: number;
  /** Of the runs' own branches: made or moved, and deleted. */
  readonly branchPushes: number;
  readonly branchDeletions: number;
  /** Refused pushes to the runs' own branches. */
  readonly branchRefused: number;
}

/**
 * Puts a `git` before the real one on a worker's PATH that notes each look, fetch and push with its exit code: a push that
 * loses its race never reaches a hook of the server, so only the caller can count it.
 */
export async function noteGitCommands(programs: string, logFile: string): Promise<void> {
  const { stdout: real } = await execa('sh', ['-c', 'command -v git']);
  const script = `#!/bin/sh
'${real.trim()}' "$@"
code=$?
case "$1" in ls-remote | fetch | push) for last; do :; done; echo "$1 $code $last" >> '${logFile}' ;; esac
exit $code
`;
  await mkdir(programs, { recursive: true });
  const file = path.join(programs, 'git');
  await writeFile(file, script);
  await chmod(file, 0o755);
}

/** Counts what was noted. */
export async function gitFigures(logFile: string, target: string): Promise<GitFigures> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).split('\n').map((line) => line.split(' '));
  const pushes = lines
    .filter(([command]) => command === 'push')
    .map(([, code, refs = '']) => {
      const [commit = '', ref = ''] = refs.split(':');
      return { ok: code === '0', deletes: commit === '', toTarget: ref === `refs/heads/${target}` };
    });
  const count = (which: (push: (typeof pushes)[number]) => boolean): number => pushes.filter(which).length;
  return {
    looks: lines.filter(([command]) => command === 'ls-remote').length,
    fetches: lines.filter(([command]) => command === 'fetch').length,
    landed: count((push) => push.toTarget && push.ok),
    raced: count((push) => push.toTarget && !push.ok),
    branchPushes: count((push) => !push.toTarget && !push.deletes && push.ok),
    branchDeletions: count((push) => !push.toTarget && push.deletes && push.ok),
    branchRefused: count((push) => !push.toTarget && !push.ok),
  };
}
