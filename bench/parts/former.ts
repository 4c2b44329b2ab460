import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { findTemporalCli } from '../../sandbox/temporal/temporalProgram.ts';
import { quartilesOf, type Quartiles } from './quartiles.ts';

/** The commit whose registrations the goals are about. */
export const FORMER = '81c566d';

/** A registration by this commit against one by {@link FORMER}, each by its own worker against its own stand-ins, in pairs. Milliseconds. */
export interface FormerFigure {
  readonly pairs: number;
  /** This one's by the former one's. */
  readonly ratio: Quartiles;
  readonly nowMs: Quartiles;
  readonly formerMs: Quartiles;
}

const at = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export async function measureFormer(pairs: number): Promise<FormerFigure> {
  const cli = await findTemporalCli({ cacheDir: at('.cache'), log: () => undefined });
  const lanes = [await Lane.start(at('.'), cli), await Lane.start(await formerSources(), cli)] as const;
  process.once('SIGINT', () => process.exit(130));
  const taken: (readonly [number, number])[] = [];
  try {
    // The first of each makes clones and warms the compiler up.
    for (let pair = 0; pair <= pairs; pair += 1) {
      const times = [0, 0] as [number, number];
      for (const side of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
        times[side] = await lanes[side].register(`client-${pair}`);
      process.stderr.write(`pair ${pair}: ${times.map(Math.round).join(' ')} ms\n`);
      if (pair > 0) taken.push(times);
    }
  } finally {
    for (const lane of lanes) await lane.stop();
  }
  return {
    pairs,
    ratio: quartilesOf(taken.map(([now, former]) => now / former)),
    nowMs: quartilesOf(taken.map(([now]) => now)),
    formerMs: quartilesOf(taken.map(([, former]) => former)),
  };
}

/** Its sources with the modules of its own lockfile, made once. */
async function formerSources(): Promise<string> {
  const dir = at(`.cache/former/${FORMER}`);
  if (!existsSync(path.join(dir, 'node_modules'))) {
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    const archive = path.join(dir, 'sources.tar');
    await execa('git', ['archive', '--output', archive, FORMER], { cwd: at('.') });
    await execa('tar', ['-xf', archive], { cwd: dir });
    await execa('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-progress', '--loglevel=error'], { cwd: dir });
  }
  await cp(at('bench/former'), path.join(dir, 'bench/former'), { recursive: true });
  return dir;
}

/** One commit's world, which stands still while the other's is measured. */
class Lane {
  readonly #process: ChildProcess;
  readonly #dir: string;

  private constructor(child: ChildProcess, dir: string) {
    this.#process = child;
    this.#dir = dir;
    // What stands still would outlive its parent.
    process.once('exit', () => this.#signal('SIGKILL'));
  }

  static async start(root: string, cli: string): Promise<Lane> {
    const child = fork(path.join(root, 'bench/former/lane.ts'), [cli], { cwd: root, detached: true });
    const { dir } = await answerOf<{ readonly dir: string }>(child);
    const lane = new Lane(child, dir);
    lane.#signal('SIGSTOP');
    return lane;
  }

  async register(name: string): Promise<number> {
    this.#signal('SIGCONT');
    this.#process.send(name);
    const { ms } = await answerOf<{ readonly ms: number }>(this.#process);
    this.#signal('SIGSTOP');
    return ms;
  }

  async stop(): Promise<void> {
    this.#signal('SIGKILL');
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** To its Temporal server and the programs that it has started, too. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      process.kill(-(this.#process.pid ?? 0), signal);
  }
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a lane has ended before it answered; it says why above');
  });
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
  return answer;
}
