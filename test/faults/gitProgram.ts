import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { programsOf } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import type { Access } from './target.ts';

/** What one command of git does in place of, or beside, its work: shell, in which `$real "$@"` is the work. */
interface GitFault {
  readonly access: Access;
  readonly shell: string;
  /** So many commands of that kind pass first. */
  readonly skip: number;
}

/** Stands before git on the worker's PATH: notes what is asked, and fails once as a file in its folder says. */
export class GitProgram {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Before the worker starts, which finds its programs once. */
  static async install(world: World): Promise<GitProgram> {
    const folder = programsOf(world);
    const program = new GitProgram(path.join(world.dir, 'git-faults'));
    const { stdout } = await execa('sh', ['-c', `PATH=${process.env['PATH'] ?? ''} command -v git`]);
    await mkdir(folder, { recursive: true });
    await mkdir(program.#dir, { recursive: true });
    await writeFile(path.join(folder, 'git'), scriptOf(stdout.trim(), program.#dir));
    await chmod(path.join(folder, 'git'), 0o755);
    return program;
  }

  async strike({ access, shell, skip }: GitFault): Promise<void> {
    // Of several commands at once one takes the token.
    for (let i = 0; i < skip; i += 1) await writeFile(this.#file(`pass.${i}`), '');
    await writeFile(this.#file('once'), '');
    const passing = Array.from({ length: skip }, (_, i) => `mv pass.${i} passed.${i} 2>/dev/null && exit 0\n`).join('');
    const taking = `(cd '${this.#dir}'; ${passing}mv once struck 2>/dev/null && exit 1; exit 0) || {\n${shell}\n}\n`;
    await writeFile(this.#file(`fault.${access}`), taking);
  }

  async struck(): Promise<number> {
    return (await readFile(this.#file('struck'), 'utf8').catch(() => undefined)) === undefined ? 0 : 1;
  }

  async heal(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
    await mkdir(this.#dir);
  }

  /** What is asked of git while something is done. */
  async asked(work: () => Promise<unknown>): Promise<readonly Access[]> {
    await writeFile(this.#file('calls'), '');
    await work();
    const lines = (await readFile(this.#file('calls'), 'utf8')).split('\n');
    await this.heal();
    return lines.filter((line) => line !== '') as Access[];
  }

  #file(name: string): string {
    return path.join(this.#dir, name);
  }
}

function scriptOf(real: string, dir: string): string {
  return `#!/bin/sh
real='${real}'
case " $* " in
  *" push "*) access=write ;;
  *" fetch "*|*" ls-remote "*|*" clone "*) access=read ;;
  *) access=local ;;
esac
[ -e '${dir}/calls' ] && echo $access >> '${dir}/calls'
[ -e '${dir}/fault.'$access ] && . '${dir}/fault.'$access
exec "$real" "$@"
`;
}
