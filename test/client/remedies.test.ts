import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ServiceError } from '@temporalio/client';
import { Command } from 'commander';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { failureText } from '../../client/output/failure.ts';
import { addCommonOptions } from '../../client/groups/common.ts';
import { clientName } from '../../client/groups/arguments.ts';
import { init } from '../../client/commands/init.ts';
import { grpcError } from '../fixtures/grpcErrors.ts';
import { shellWord } from '../../core/base/words.ts';
import { playbookCommand } from '../../core/consumers/ansible/confirmed.ts';
import { wayBack } from '../../core/run/deregistration.ts';
import type { AnsibleConsumer } from '../../core/consumers/ansible/schema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ODD = ["hosts/my host's.yml", 'a;b $(c) `d`', '~/homelab', 'ü', ''];

/** The arguments that a shell makes of a command. */
async function argumentsOf(command: string): Promise<readonly string[]> {
  const { stdout } = await execa('sh', ['-c', `for each in ${command}; do printf '<%s>\\n' "$each"; done`]);
  return Array.from(stdout.matchAll(/^<(.*)>$/gm), ([, word = '']) => word);
}

it.each(ODD)('%j is one word of a shell, as it is', async (text) => {
  const [word] = await argumentsOf(shellWord(text));
  expect(word?.replace(process.env['HOME'] ?? '~', '~')).toBe(text);
});

it('a command that a person copies names a path as one word', async () => {
  const [odd = ''] = ODD;
  const consumer = { playbook: odd, tags: ['zot', 'a b'] } as unknown as AnsibleConsumer;
  const words = await argumentsOf(playbookCommand(consumer).slice(1, -1));
  expect(words).toEqual(['ansible-playbook', odd, '--tags', 'zot,a b']);
  expect(wayBack('zot', odd)).toContain(`-- ${shellWord(odd)}\``);
});

it('a command that wants a client is told with one', () => {
  const files = globSync('{activities,client,core,integrations,worker,workflows}/**/*.ts', { cwd: root });
  const bare = /\boidc-registrar (status|cancel|stop-undo|ready|confirm|repair)\b(?! ([\w<$]|\\?"))[^\n]*/g;
  const found = files.flatMap((file) =>
    Array.from(readFileSync(`${root}${file}`, 'utf8').matchAll(bare), ([text]) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

it('a run whose end nobody told is looked at by its client', () => {
  const gone = new ServiceError('Failed to get Workflow execution history', { cause: grpcError(14, 'no connection') });
  const text = failureText(gone, 'zot');
  expect(text).toMatch(/^Temporal: does not answer: no connection\n.*see oidc-registrar status zot\.$/);
});

it.each([
  ['of one client', ['wait', 'zot'], 'See oidc-registrar status zot.'],
  ['of all', ['wait'], 'See oidc-registrar list.'],
])('a wait %s that --timeout ends says where to look', async (_whose, typed, remedy) => {
  vi.useFakeTimers();
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as () => never);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = new Command();
  addCommonOptions(program);
  program.command('wait').argument('[client]', 'its name', clientName).action(vi.fn());
  await program.parseAsync([...typed, '--timeout', '1s'], { from: 'user' });
  vi.advanceTimersByTime(1_000);
  expect(String(told.mock.calls[0]?.[0])).toContain(remedy);
  expect(exit).toHaveBeenCalledWith(2);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('init does not take the clone of this project for a repository of people', async () => {
  const options = { yes: true, print: true, force: false, deployDir: 'deploy', answers: {} };
  await expect(init({ ...options, repo: root })).rejects.toThrow(
    expect.objectContaining({ kind: 'BadInput', message: 'this is the clone of oidc-registrar itself' }),
  );
});
