import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Command } from '../../integrations/consumers/consumers.ts';
import { createConsumers } from '../../integrations/consumers/localConsumers.ts';
import type { ProbeOptions } from '../../integrations/consumers/probe.ts';

const consumers = createConsumers({ timeoutMs: 10_000, reach: { loopback: true, private: true } });
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

describe('a probe', () => {
  let server: Server;
  let asked: (string | undefined)[];
  let port: number;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization);
      if (request.url === '/endless') {
        response.writeHead(200).write('a');
        return;
      }
      if (request.url === '/upgrade') {
        response.writeHead(101, { connection: 'upgrade', upgrade: 'h2c' }).end();
        return;
      }
      response.writeHead(request.url === '/elsewhere' ? 302 : 204, { location: '/' }).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  /** A resolver that answers with these addresses, one list after the other. */
  function resolver(...answers: readonly (readonly string[])[]) {
    const names: string[] = [];
    const lookup = ((name: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) => {
      names.push(name);
      const found = answers[names.length - 1] ?? [];
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as unknown as ProbeOptions['lookup'];
    return { names, lookup };
  }
  const through = (lookup: ProbeOptions['lookup'], reach = { loopback: true, private: true }) =>
    createConsumers({ timeoutMs: 10_000, reach, ...(lookup === undefined ? {} : { lookup }) });

  it('tells the status of an address, sends no credentials and follows nothing', async () => {
    expect(await consumers.probe(`http://ada:secret@127.0.0.1:${port}/`)).toEqual({ status: 204 });
    expect(await consumers.probe(`http://127.0.0.1:${port}/elsewhere`)).toEqual({ status: 302 });
    expect(asked).toEqual(['/', undefined, '/elsewhere', undefined]);
    expect(await consumers.probe('http://127.0.0.1:1/')).toEqual({});
  });

  it('reads no body, and takes a change of the protocol for no answer', async () => {
    expect(await consumers.probe(`http://127.0.0.1:${port}/endless`)).toEqual({ status: 200 });
    expect(await consumers.probe(`http://127.0.0.1:${port}/upgrade`)).toEqual({});
  });

  it.each([
    ['169.254.169.254'],
    ['fe80::1%eth0'],
    ['::ffff:169.254.169.254'],
    ['64:ff9b::a9fe:a9fe'],
    ['fd00:ec2::254'],
    ['100.100.100.200'],
    ['127.0.0.1', '169.254.169.254'],
  ])('asks no name that leads to %s', async (...addresses) => {
    const { lookup } = resolver(addresses);
    const answer = await through(lookup).probe(`http://service.example:${port}/`);
    expect(answer).toEqual({ refused: expect.stringContaining('service.example is') });
    expect(asked).toEqual([]);
  });

  it('goes to the addresses that were judged, and resolves the name no second time', async () => {
    const { lookup, names } = resolver(['127.0.0.1'], ['169.254.169.254']);
    const probes = through(lookup);
    expect(await probes.probe(`http://service.example:${port}/`)).toEqual({ status: 204 });
    expect(names).toEqual(['service.example']);
    expect(await probes.probe(`http://service.example:${port}/`)).toHaveProperty('refused');
    expect(asked).toEqual(['/', undefined]);
  });

  it.each([
    ['loopback', '127.0.0.1', { loopback: false, private: true }],
    ['private', '10.0.0.1', { loopback: true, private: false }],
  ])('asks no %s address where the policy says so, by name or in figures', async (key, address, reach) => {
    const refused = expect.stringContaining(`by policy.probes.${key}`);
    expect(await through(resolver([address]).lookup, reach).probe('http://service.example/')).toEqual({ refused });
    expect(await through(undefined, reach).probe(`http://${address}:${port}/`)).toEqual({ refused });
    expect(await through(undefined, reach).probe(`http://[::ffff:${address}]:${port}/`)).toEqual({ refused });
    expect(asked).toEqual([]);
  });
});
