import { gitCommands } from '../../test/fixtures/gitCommands.ts';

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

/** Counts what was noted. */
export async function gitFigures(logFile: string, target: string): Promise<GitFigures> {
  const { remote } = await gitCommands(logFile);
  const times = (name: string): number => remote.filter(({ command }) => command === name).length;
  const pushes = remote
    .filter(({ command }) => command === 'push')
    .map(({ exitCode, last }) => {
      const [commit = '', ref = ''] = last.split(':');
      return { ok: exitCode === 0, deletes: commit === '', toTarget: ref === `refs/heads/${target}` };
    });
  const count = (which: (push: (typeof pushes)[number]) => boolean): number => pushes.filter(which).length;
  return {
    looks: times('ls-remote'),
    fetches: times('fetch'),
    landed: count((push) => push.toTarget && push.ok),
    raced: count((push) => push.toTarget && !push.ok),
    branchPushes: count((push) => !push.toTarget && !push.deletes && push.ok),
    branchDeletions: count((push) => !push.toTarget && push.deletes && push.ok),
    branchRefused: count((push) => !push.toTarget && !push.ok),
  };
}
