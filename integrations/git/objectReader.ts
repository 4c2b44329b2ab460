import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { GitPlace } from './gitClone.ts';
import { gitError, notRun } from './gitCommand.ts';
import { MAX_OUTPUT } from '../output.ts';
import { gitEnvironment } from './gitEnvironment.ts';

export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly bytes: Buffer;
}

interface Question {
  readonly name: string;
  readonly answer: (object: GitObject) => void;
  readonly fail: (error: Error) => void;
}

type Program = ChildProcessByStdio<Writable, Readable, Readable>;

const LAST_WORDS = 2_000;
/** After so many milliseconds without a question it ends: one that is needed soon costs less than one that is kept for nothing. */
const IDLE_MS = 30_000;
const ARGS = ['cat-file', '--batch'];

/**
 * One `git cat-file --batch` for every object of a clone that is read: a process for each would hold the worker up while it is
 * forked. It ends when nobody asks any more; where it ends before, the next question begins another.
 */
export class ObjectReader {
  readonly #clone: GitPlace;
  #program: Program | undefined;
  #questions: Question[] = [];
  #chunks: Buffer[] = [];
  #idle: NodeJS.Timeout | undefined;
  /** Bytes without which nothing more can be told of what has come. */
  #needed = 1;

  constructor(clone: GitPlace) {
    this.#clone = clone;
  }

  /** The object of a name. Throws `NotFound` where the clone has none, and `Unavailable` without an answer in time. */
  async read(name: string): Promise<GitObject> {
    const { cwd, timeoutMs } = await this.#clone.at(this.#clone.dir);
    const program = (this.#program ??= this.#started(cwd));
    clearTimeout(this.#idle);
    const asked = new Promise<GitObject>((answer, fail) => this.#questions.push({ name, answer, fail }));
    program.stdin.write(`${name}\n`);
    const found = await withTimeout(asked, timeoutMs);
    if (found !== undefined) return found;
    const late = gitError('Unavailable', ARGS, 'no answer in time');
    this.#ended(program, late);
    throw late;
  }

  #started(cwd: string): Program {
    const program = spawn('git', ARGS, { cwd, env: gitEnvironment(process.env), stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    program.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString('utf8')}`.slice(-LAST_WORDS)));
    program.stdout.on('data', (chunk: Buffer) => {
      if (this.#program !== program) return;
      this.#take(program, chunk);
      const idle = (): void => this.#ended(program, gitError('Unavailable', ARGS, 'it has ended'));
      if (this.#questions.length === 0) this.#idle = setTimeout(idle, IDLE_MS).unref();
    });
    // What a program that has ended is told, is told by its end.
    program.stdin.on('error', () => undefined);
    program.on('error', ({ code }: NodeJS.ErrnoException) => this.#ended(program, notRun(ARGS, code)));
    program.on('close', () => this.#ended(program, gitError('Unavailable', ARGS, said === '' ? 'it has ended' : said)));
    // Nobody waits for it when the worker is done.
    for (const each of [program, program.stdin, program.stdout, program.stderr])
      (each as { unref?: () => void }).unref?.();
    return program;
  }

  /** What was asked is not answered any more. */
  #ended(program: Program, error: Error): void {
    if (this.#program !== program) return;
    this.#program = undefined;
    program.kill('SIGKILL');
    // Where `git` is a script, what it has started ends with its input.
    program.stdin.destroy();
    const questions = this.#questions;
    [this.#questions, this.#chunks, this.#needed] = [[], [], 1];
    for (const { fail } of questions) fail(error);
  }

  /** Answers come in the order of the questions: `<id> <type> <size>`, the bytes and a line break, or `<name> missing`. */
  #take(program: Program, chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#chunks.reduce((sum, { length }) => sum + length, 0) < this.#needed) return;
    let rest = Buffer.concat(this.#chunks);
    this.#needed = 1;
    while (rest.length > 0) {
      const line = rest.indexOf('\n');
      if (line < 0) break;
      const header = rest.toString('utf8', 0, line);
      const [, sha, type = '', size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header) ?? [];
      if (Number(size ?? 0) > MAX_OUTPUT) {
        this.#questions.shift()?.fail(gitError('Failed', ARGS, `${sha} has ${size} bytes, more than ${MAX_OUTPUT}`));
        return this.#ended(program, gitError('Unavailable', ARGS, 'it has ended'));
      }
      const end = line + 1 + (sha === undefined ? 0 : Number(size) + 1);
      if (rest.length < end) {
        this.#needed = end;
        break;
      }
      const question = this.#questions.shift();
      if (sha === undefined) question?.fail(gitError('NotFound', ARGS, header));
      else question?.answer({ sha, type, bytes: Buffer.from(rest.subarray(line + 1, end - 1)) });
      rest = rest.subarray(end);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
  }
}
