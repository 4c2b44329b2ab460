import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAnsibleParser } from '../../integrations/ansible/ansiblePlaybook.ts';
import { createConsumers } from '../../integrations/consumers/localConsumers.ts';
import { git } from '../../integrations/git/gitCommand.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';
import { testRepository } from '../fixtures/gitops.ts';

const { LIMIT } = vi.hoisted(() => ({ LIMIT: 4_000 }));
vi.mock('../../integrations/output.ts', async (original) => ({
  ...(await original<object>()),
  MAX_OUTPUT: LIMIT,
  saidTooMuch: () => `said more than ${LIMIT} bytes`,
}));

/** A folder with a program that says more and more, first on the PATH. */
async function endless(name: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, name), '#!/bin/sh\nexec yes\n');
  await chmod(path.join(folder, name), 0o755);
  vi.stubEnv('PATH', `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return folder;
}

test('git that does not end what it says is ended, and the limit is named', async () => {
  const cwd = await endless('git');
  expect(await errorOf(git(['log'], { cwd, timeoutMs: 20_000 }))).toMatchObject({
    system: 'Git',
    message: `git log: said more than ${LIMIT} bytes`,
  });
});

test('an object of Git that is longer is not read, and the next one is', async () => {
  const { git: repository } = await testRepository({ 'long.txt': 'x'.repeat(LIMIT + 1), 'a.txt': 'a' });
  await repository.fetch();
  const head = (await repository.head('main')) ?? '';
  const error = await errorOf(repository.readFile(head, 'long.txt'));
  expect(error).toMatchObject({ system: 'Git', retryable: false });
  expect(error.message).toContain(`has ${LIMIT + 1} bytes, more than ${LIMIT}`);
  expect(await repository.readFile(head, 'a.txt')).toBe('a');
});

test('a check of Ansible says that it said too much', async () => {
  const checkout = await endless('ansible-playbook');
  const complaint = await createAnsibleParser(20_000).syntaxCheck(checkout, 'site.yml', 'roles', false);
  expect(complaint).toBe(`ansible-playbook --syntax-check said more than ${LIMIT} bytes`);
});

test('a command at a consumer says that it said too much', async () => {
  const consumers = createConsumers({ timeoutMs: 20_000, reach: { loopback: true, private: true } });
  const signal = new AbortController().signal;
  const command = { words: ['yes'], environment: [], timeoutMs: 20_000, signal };
  expect(await consumers.run(command)).toEqual({ ok: false, said: `said more than ${LIMIT} bytes` });
});
