import { execa } from 'execa';
import { RegistrarError, type ErrorKind } from '../../core/errors.ts';

export interface GitCommandOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Beside the worker's own environment, as an authorization header. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes survive, nobody is asked anything, and the words are the ones that {@link kindOf} knows. */
const FIXED = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_SSH_COMMAND: process.env['GIT_SSH_COMMAND'] ?? 'ssh -o BatchMode=yes',
} as const;

/** Runs `git` without a shell; a non-zero exit is an answer, not an error. Throws `Unavailable` on time-out. */
export async function git(args: readonly string[], options: GitCommandOptions): Promise<GitAnswer> {
  const result = await execa('git', args, {
    cwd: options.cwd,
    env: { ...FIXED, ...options.env },
    timeout: options.timeoutMs,
    reject: false,
    stripFinalNewline: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (result.timedOut) throw gitError('Unavailable', args, 'no answer in time');
  if (result.exitCode === undefined) {
    throw new RegistrarError({
      system: 'Git',
      kind: 'Failed',
      message: `git could not be run: ${result.code ?? 'no exit code'}`,
      remedy: 'Install git beside the worker.',
    });
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

/** The same, where anything but success is an error in the remote's own words. */
export async function gitOk(args: readonly string[], options: GitCommandOptions): Promise<string> {
  const answer = await git(args, options);
  if (answer.exitCode === 0) return answer.stdout;
  throw gitError(kindOf(answer.stderr), args, answer.stderr, answer.exitCode);
}

/** What a person or a retry can do about what git said. */
export function kindOf(stderr: string): ErrorKind {
  if (/Authentication failed|Permission denied|could not read Username|403|401|not authorized/i.test(stderr))
    return 'Unauthorized';
  if (
    /Could not resolve|Connection|timed out|unable to access|early EOF|hung up|Could not read from remote|index\.lock|cannot lock ref|Unable to create/i.test(
      stderr,
    )
  ) {
    return 'Unavailable';
  }
  if (
    /does not appear to be a git repository|repository .* not found|couldn't find remote ref|does not exist|unknown revision|bad revision|not a valid object/i.test(
      stderr,
    )
  ) {
    return 'NotFound';
  }
  return 'Failed';
}

export function gitError(kind: ErrorKind, args: readonly string[], said: string, status?: number): RegistrarError {
  const words = withoutCredentials(said)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-6)
    .join(' / ');
  return new RegistrarError({
    system: 'Git',
    kind,
    message: `git ${args[0] ?? ''}: ${words}`,
    remedy: REMEDIES[kind] ?? 'See what the remote says, mend it and start again.',
    ...(status === undefined ? {} : { status }),
  });
}

const REMEDIES: Partial<Record<ErrorKind, string>> = {
  Unauthorized: "Give the worker's git credentials read and write access to the repository.",
  Unavailable: 'See that the remote answers.',
  NotFound: 'Correct gitops.remote and gitops.branch in registrar.yaml.',
  Refused: 'Let the worker push to its own branches and to the target branch (protected branches, hooks).',
  Conflict: 'Somebody was faster; it is tried again on the new head.',
};

/** An address may carry a user and a password; neither may reach a log. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z+]+:\/\/)[^@/\s]+@/gi, '$1');
}
