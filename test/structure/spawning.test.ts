import { execa as itself, type Options } from 'execa';
import { expect, test } from 'vitest';
import { execa } from '../fixtures/spawning/execa.ts';

/** What the callers read of an answer, or of an error. */
async function told(run: typeof execa, args: readonly string[], options: Options): Promise<unknown> {
  const read = (answer: Record<string, unknown>): unknown =>
    ['exitCode', 'stdout', 'stderr', 'timedOut', 'signal', 'code'].map((field) => answer[field]);
  return (run('git', args, options) as Promise<Record<string, unknown>>).then(
    read,
    (error: Record<string, unknown>) => ['rejects', String(error['message']), ...(read(error) as unknown[])],
  );
}

const ALONE = { extendEnv: false, env: { PATH: process.env['PATH'] ?? '' } };

test.each<readonly [string, readonly string[], Options]>([
  ['output', ['--version'], {}],
  ['input and line breaks', ['hash-object', '--stdin'], { input: 'text\n', stripFinalNewline: false }],
  ['input of bytes', ['hash-object', '--stdin'], { input: Buffer.from([0, 255]) }],
  ['a failure', ['no-such-command'], {}],
  ['a failure that is an answer', ['no-such-command'], { reject: false }],
  ['another folder', ['rev-parse', '--show-cdup'], { cwd: 'test' }],
  ['a folder that is missing', ['--version'], { cwd: '/no/such/folder', reject: false }],
  ['nothing of our environment', ['var', 'GIT_AUTHOR_IDENT'], { ...ALONE, reject: false, timeout: 20_000 }],
  ['no program', ['--version'], { extendEnv: false, env: { PATH: '/no/such/folder' }, reject: false }],
  ['no answer in time', ['-c', 'alias.late=!exec sleep 60', 'late'], { timeout: 300, reject: false }],
])('git that is started by the helper answers as execa does: %s', async (_what, args, options) => {
  const stable = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(/ after \d+.*? milliseconds|\d{10}/g, ''));
  expect(stable(await told(execa, args, options))).toEqual(stable(await told(itself as typeof execa, args, options)));
});

test('what is cancelled is ended, before it begins too', async () => {
  const cancelled = new AbortController();
  const options = { cancelSignal: cancelled.signal, reject: false };
  const late = () => execa(process.execPath, ['-e', 'setTimeout(() => undefined, 200_000)'], options);
  const running = late();
  cancelled.abort();
  const ended = { exitCode: undefined, signal: 'SIGTERM', timedOut: false };
  expect(await Promise.all([running, late()])).toMatchObject([ended, ended]);
});

test('a helper that is killed fails what is under way, and another one takes its place', async () => {
  const killer = 'alias.kill=!kill -9 "$(ps -o ppid= -p "$PPID")"';
  await expect(told(execa, ['-c', killer, 'kill'], {})).resolves.toContain('the helper that starts programs has ended');
  expect(await told(execa, ['--version'], {})).toEqual(await told(itself as typeof execa, ['--version'], {}));
});
