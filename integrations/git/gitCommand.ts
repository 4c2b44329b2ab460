import { execa } from 'execa';
import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { masked } from '../../core/masking/masked.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { MAX_OUTPUT, saidTooMuch } from '../output.ts';
import { gitEnvironment } from './gitEnvironment.ts';

export interface GitCommandOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Beside the environment of {@link gitEnvironment}, as an authorization header. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that git started may outlive it and keep its output open: it is not waited for. */
const GRACE_MS = 500;

/** Runs `git` and answers its output. Throws anything but success, in the remote's own words. */
export async function gitOk(args: readonly string[], options: GitCommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(args, options);
  if (exitCode === 0) return stdout;
  throw gitError(kindOf(stderr), args, stderr, exitCode);
}

/** Runs `git` without a shell; a non-zero exit is an answer, not an error. Throws `Unavailable` on time-out. */
export async function git(args: readonly string[], options: GitCommandOptions): Promise<GitAnswer> {
  const ended = execa('git', args, {
    cwd: options.cwd,
    extendEnv: false,
    env: { ...gitEnvironment(process.env), ...options.env },
    timeout: options.timeoutMs,
    maxBuffer: MAX_OUTPUT,
    reject: false,
    stripFinalNewline: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const result = await withTimeout(ended, options.timeoutMs + GRACE_MS);
  if (result === undefined || result.timedOut) throw gitError('Unavailable', args, 'no answer in time');
  if (result.isMaxBuffer) throw gitError('Failed', args, saidTooMuch());
  const { exitCode, stdout, stderr } = result;
  if (exitCode !== undefined) return { exitCode, stdout, stderr };
  if (result.signal !== undefined) throw gitError('Unavailable', args, `ended by ${result.signal}`);
  throw notRun(args, result.code);
}

/** Why git could not be started at all, by the code of the error. */
export function notRun(args: readonly string[], code = 'no exit code'): RegistrarError {
  const message = `git could not be run: ${code}`;
  return MACHINE_LIMITS.has(code)
    ? gitError('Unavailable', args, message)
    : new RegistrarError({ system: 'Git', kind: 'Failed', message, remedy: 'Install git beside the worker.' });
}

/** The machine lacks processes, memory or open files for now. */
const MACHINE_LIMITS: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

/** In this order: what ssh and HTTP add to a refusal reads like a network that is down. */
const MEANINGS: readonly (readonly [ErrorKind, RegExp])[] = [
  [
    'Unauthorized',
    /Authentication failed|Permission denied|could not read (Username|Password)|returned error: 40[13]\b|HTTP 40[13]\b|not authorized|Host key verification failed|access denied/i,
  ],
  [
    'NotFound',
    /does not appear to be a git repository|repository .*not found|returned error: 404\b|couldn't find remote ref|unknown revision|(bad|invalid) revision|bad object|not a valid (object|commit) name|not a tree object|unable to parse object|invalid reference|not something we can merge/i,
  ],
  [
    'Unavailable',
    /Could not resolve|Connection|timed out|unable to access|early EOF|hung up|Could not read from remote|cannot lock ref|Unable to create/i,
  ],
  // The worker's own disk, in the words of strerror(3).
  ['Unavailable', /No space left on device|Read-only file system|Disk quota exceeded|Input\/output error/i],
];

/** What a person or a retry can do about what git said. */
export function kindOf(stderr: string): ErrorKind {
  return MEANINGS.find(([, words]) => words.test(stderr))?.[0] ?? 'Failed';
}

export function gitError(kind: ErrorKind, args: readonly string[], said: string, status?: number): RegistrarError {
  const words = masked(withoutCredentials(said))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-6)
    .join(' / ');
  return new RegistrarError({
    system: 'Git',
    kind,
    message: `git ${args.find((arg) => !arg.startsWith('-')) ?? ''}: ${words}`,
    remedy: REMEDIES[kind] ?? 'See what git says, mend it and start again.',
    ...(status === undefined ? {} : { status }),
  });
}

const REMEDIES: Partial<Record<ErrorKind, string>> = {
  Unauthorized: "Give the worker's git credentials read and write access to the repository.",
  Unavailable: "See that the remote answers, and that the worker's cache folder can be written.",
  NotFound: 'Correct gitops.remote and gitops.branch in registrar.yaml.',
  Refused: 'Let the worker push to its own branches and to the target branch (protected branches, hooks).',
  Conflict: 'Somebody was faster; it is tried again on the new head.',
};

/** An address may carry a user and a password, with an `@` in it too; neither may reach a log. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1');
}
