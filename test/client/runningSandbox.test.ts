import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporalPlace } from '../../client/connect.ts';
import { noteSandbox, runningSandbox, type SandboxNote } from '../../client/runningSandbox.ts';

let dir: string;
let server: Server;
let note: SandboxNote;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-note-'));
  server = createServer((_request, response) => response.end(JSON.stringify({ nonce: 'of this start' })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  note = {
    pid: process.pid,
    nonce: 'of this start',
    control,
    temporal: '127.0.0.1:41000',
    ui: 'http://127.0.0.1:42000',
  };
  for (const name of [
    'TEMPORAL_ADDRESS',
    'TEMPORAL_PROFILE',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_API_KEY',
    'TEMPORAL_UI_URL',
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', undefined);
  vi.stubEnv('XDG_CONFIG_HOME', dir);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

/** Of a process that has ended. */
const endedPid = (): number => Number(execFileSync(process.execPath, ['-e', 'console.log(process.pid)']).toString());

describe('the Temporal of a command', () => {
  it('is that of the sandbox that runs here, without the key of another server', async () => {
    await noteSandbox(dir, note);
    vi.stubEnv('TEMPORAL_API_KEY', 'of another server');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'of-another-server');
    expect(await temporalPlace(dir)).toEqual({
      address: '127.0.0.1:41000',
      namespace: 'default',
      connectionOptions: { address: '127.0.0.1:41000' },
      sandbox: true,
      ui: 'http://127.0.0.1:42000',
    });
  });

  it('is the one that a person names, whatever runs', async () => {
    await noteSandbox(dir, note);
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example:7233');
    expect(await temporalPlace(dir)).toMatchObject({ address: 'temporal.example:7233', sandbox: false });
  });

  it.each<[string, () => SandboxNote]>([
    ['whose process has ended', () => ({ ...note, pid: endedPid() })],
    ['whose process number is another program’s now', () => ({ ...note, nonce: 'of an earlier start' })],
    ['at whose address nobody answers', () => ({ ...note, control: 'http://127.0.0.1:1' })],
  ])('is not that of a sandbox %s', async (_what, gone) => {
    await writeFile(path.join(dir, 'sandbox.json'), JSON.stringify(gone()));
    expect(await temporalPlace(dir)).toMatchObject({ address: 'localhost:7233', sandbox: false });
  });

  it.each<[string, () => unknown]>([
    ['is null', () => null],
    ['is a number', () => 7],
    ['lacks the nonce', () => ({ ...note, nonce: undefined })],
    ['has no address of a Temporal', () => ({ ...note, temporal: { host: 'elsewhere' } })],
    ['has a text for the process', () => ({ ...note, pid: `${process.pid}` })],
  ])('is not read from a note that %s', async (_what, other) => {
    await writeFile(path.join(dir, 'sandbox.json'), JSON.stringify(other()));
    expect(await temporalPlace(dir)).toMatchObject({ address: 'localhost:7233', sandbox: false });
  });

  it('is not read from a note that was cut off', async () => {
    await writeFile(path.join(dir, 'sandbox.json'), '{"pid":');
    expect(await temporalPlace(dir)).toMatchObject({ sandbox: false });
  });
});

describe('the note of a sandbox', () => {
  it('is not taken over from one that runs', async () => {
    await noteSandbox(dir, note);
    await expect(noteSandbox(dir, { ...note, nonce: 'second' })).rejects.toThrow('runs already');
    expect(await runningSandbox(dir)).toEqual(note);
  });

  it('takes the place of one that is gone, whose end does not take it away', async () => {
    const endOfFirst = await noteSandbox(dir, { ...note, nonce: 'first' });
    const end = await noteSandbox(dir, note);
    await endOfFirst();
    expect(await runningSandbox(dir)).toEqual(note);
    await end();
    expect(existsSync(path.join(dir, 'sandbox.json'))).toBe(false);
  });
});
