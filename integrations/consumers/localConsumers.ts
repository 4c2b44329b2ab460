import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { masked } from '../../core/masking/masked.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { MAX_OUTPUT, saidTooMuch } from '../output.ts';
import type { Command, CommandResult, Consumers } from './consumers.ts';
import { probe, type ProbeOptions } from './probe.ts';
import { own } from '../../core/base/own.ts';

/** After a cancel or a time limit a command may end by itself for so long. */
const GRACE_MS = 5_000;

/** Commands on the worker's own machine. */
export function createConsumers(probes: ProbeOptions, attempt: Attempt = NO_ATTEMPT): Consumers {
  return {
    async installed(program) {
      const folders = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
      const found = await Promise.all(folders.map((folder) => executable(path.join(folder, program))));
      return found.includes(true);
    },
    run: async (command) => run({ ...command, timeoutMs: await attempt.timeFor(command.timeoutMs) }),
    probe: (url) => probe(url, probes),
  };
}

async function executable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function run({ words, cwd, environment, timeoutMs, signal }: Command): Promise<CommandResult> {
  const [program = '', ...args] = words;
  const result = await execa(program, args, {
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT,
    cancelSignal: signal,
    forceKillAfterDelay: GRACE_MS,
    reject: false,
    stdin: 'ignore',
    all: true,
    extendEnv: false,
    env: environmentOf(environment),
    ...(cwd === undefined ? {} : { cwd }),
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return { ok: true, said: 'exit code 0' };
  if (result.isMaxBuffer) return { ok: false, said: saidTooMuch() };
  if (result.timedOut) return { ok: false, said: `did not end within ${timeoutMs} ms` };
  if (result.exitCode === undefined) return { ok: false, said: result.signal ?? 'could not be started' };
  return { ok: false, said: `exit code ${result.exitCode}${failedTask(result.all)}` };
}

/** Ansible prints a heading a task, and a line that begins with "fatal:" below the one that failed; names stand in files, values do not. */
function failedTask(output: string): string {
  let task: string | undefined;
  for (const line of output.split('\n')) {
    task = /^(?:TASK|RUNNING HANDLER) \[([^\]{}]{1,200})\]/.exec(line)?.[1] ?? task;
    if (line.startsWith('fatal:') && task !== undefined) return `, in task "${masked(task)}"`;
  }
  return '';
}

/** The worker's tokens reach no command that was not given them by name. */
function environmentOf(names: readonly string[]): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  const given = names.flatMap((name) => {
    const value = own(process.env, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH, HOME, LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1', ...Object.fromEntries(given) };
}
