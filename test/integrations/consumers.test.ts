import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Command } from '../../integrations/consumers/consumers.ts';
import { createConsumers } from '../../integrations/consumers/localConsumers.ts';

const consumers = createConsumers(2_000);
const command = (script: string, over: Partial<Command> = {}): Command => ({
  words: ['sh', '-c', script],
  environment: [],
  timeoutMs: 20_000,
  signal: new AbortController().signal,
  ...over,
});

it('says how a command ended, and in which task of Ansible', async () => {
  expect(await consumers.run(command('exit 0'))).toEqual({ ok: true, said: 'exit code 0' });
  expect(await consumers.run(command('exit 7'))).toEqual({ ok: false, said: 'exit code 7' });
  const output = 'TASK [zot : one] ***\nok: [h]\nTASK [zot : write] ***\nfatal: [h]: FAILED! => {"x": "s3cret-value"}';
  const failed = await consumers.run(command(`printf '%s\\n' '${output}'; exit 2`));
  expect(failed).toEqual({ ok: false, said: 'exit code 2, in task "zot : write"' });
  expect((await consumers.run(command('', { words: ['no-such-program-here'] }))).ok).toBe(false);
});

it('gives a command the variables that are named, and no other', async () => {
  vi.stubEnv('OP_CONNECT_TOKEN', 'token');
  vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const script = '[ -z "$OP_CONNECT_TOKEN" ] && [ "$SSH_AUTH_SOCK" = /run/agent ]';
  expect(await consumers.run(command(script, { environment: ['SSH_AUTH_SOCK'] }))).toMatchObject({ ok: true });
  expect(await consumers.run(command(script))).toMatchObject({ ok: false });
});

it('ends a command that takes too long, or whose run is cancelled', async () => {
  const late = await consumers.run(command('exec sleep 30', { timeoutMs: 200 }));
  expect(late).toEqual({ ok: false, said: 'did not end within 200 ms' });
  const cancelled = new AbortController();
  const running = consumers.run(command('exec sleep 30', { signal: cancelled.signal }));
  cancelled.abort();
  await expect(running).rejects.toThrow();
});

it('knows which programs are there', async () => {
  expect(await consumers.installed('sh')).toBe(true);
  expect(await consumers.installed('/bin/sh')).toBe(true);
  expect(await consumers.installed('no-such-program-here')).toBe(false);
});

it('tells the status of an address without following it', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/elsewhere' ? 302 : 204, { location: '/' }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await consumers.status(`${url}/`)).toBe(204);
  expect(await consumers.status(`${url}/elsewhere`)).toBe(302);
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  expect(await consumers.status(url)).toBeUndefined();
});
