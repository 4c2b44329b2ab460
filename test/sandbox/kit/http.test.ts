import { describe, expect, onTestFinished, test } from 'vitest';
import { Faults, type Fault, type FaultEffect } from '../../../sandbox/faults/faults.ts';
import type { Spoiler } from '../../../sandbox/faults/spoiled.ts';
import { startStandIn, type StandIn } from '../../../sandbox/kit/http.ts';

interface Parts {
  readonly faults: Faults;
  readonly standIn: StandIn;
  readonly handled: string[];
}

async function start(): Promise<Parts> {
  const faults = new Faults();
  const handled: string[] = [];
  const standIn = await startStandIn({
    system: 'thing',
    faults,
    exempt: ['controller'],
    conflict: () => ({ status: 409, body: { message: 'somebody was faster' } }),
    handle: async ({ method, path, query, body }) => {
      handled.push(`${method} ${path}`);
      if (path === '/broken') throw new Error('defect');
      if (path === '/empty') return { status: 204 };
      return { status: 200, body: { method, query: Object.fromEntries(query), body } };
    },
  });
  onTestFinished(() => standIn.close());
  return { faults, standIn, handled };
}

describe('a stand-in', () => {
  test('answers JSON, text and nothing', async () => {
    const { standIn } = await start();
    const response = await fetch(`${standIn.url}/a?x=1&y=%20`, { method: 'POST', body: 'ü' });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ method: 'POST', query: { x: '1', y: ' ' }, body: 'ü' });
    expect((await fetch(`${standIn.url}/empty`)).status).toBe(204);
  });

  test('tells of a defect of its own as a server error, and goes on', async () => {
    const { standIn } = await start();
    const broken = await fetch(`${standIn.url}/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).toContain('stand-in thing: Error: defect');
    expect((await fetch(`${standIn.url}/a`)).status).toBe(200);
  });

  test.each<[FaultEffect, number, boolean]>([
    [{ kind: 'error', status: 503 }, 503, false],
    [{ kind: 'conflict' }, 409, false],
    [{ kind: 'delay', ms: 60 }, 200, true],
  ])('struck by %j', async (effect, status, works) => {
    const { faults, standIn, handled } = await start();
    faults.add({ system: 'thing', times: 1, effect });
    const started = Date.now();
    expect((await fetch(`${standIn.url}/a`)).status).toBe(status);
    expect(handled).toHaveLength(works ? 1 : 0);
    if (effect.kind === 'delay') expect(Date.now() - started).toBeGreaterThanOrEqual(55);
    expect((await fetch(`${standIn.url}/a`)).status).toBe(200);
  });

  test('that loses an answer has done the work, one that hangs has not, and it closes all the same', async () => {
    const { faults, standIn, handled } = await start();
    faults.add({ system: 'thing', times: 1, effect: { kind: 'loseAnswer' } });
    await expect(fetch(`${standIn.url}/a`)).rejects.toThrow();
    expect(handled).toEqual(['GET /a']);
    faults.add({ system: 'thing', effect: { kind: 'hang' } });
    await expect(fetch(`${standIn.url}/b`, { signal: AbortSignal.timeout(60) })).rejects.toThrow();
    expect(handled).toEqual(['GET /a']);
    const hanging = fetch(`${standIn.url}/c`).catch(() => 'closed');
    await standIn.close();
    expect(await hanging).toBe('closed');
  });

  test('that spoils an answer has done the work', async () => {
    const { faults, standIn, handled } = await start();
    const strike = async (how: Spoiler): Promise<Response> => {
      faults.clear();
      faults.add({ system: 'thing', times: 1, effect: { kind: 'spoil', how } });
      return fetch(`${standIn.url}/a`, how === 'slowBody' ? { signal: AbortSignal.timeout(400) } : {});
    };
    const whole = await (await fetch(`${standIn.url}/a`)).text();
    expect(await (await strike('truncatedBody')).text()).toBe(whole.slice(0, Math.floor(whole.length / 2)));
    const read = async (how: Spoiler): Promise<string> => (await strike(how)).text();
    for (const how of ['slowBody', 'resetBody'] as const) await expect(read(how)).rejects.toThrow();
    let bytes = 0;
    for await (const chunk of (await strike('endlessBody')).body ?? []) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > 3_000_000) break;
    }
    expect(bytes).toBeGreaterThan(3_000_000);
    expect(handled).toHaveLength(5);
  });

  test.each(['GET /empty', 'HEAD /a'])('has no body to spoil in its answer to %s', async (line) => {
    const { faults, standIn } = await start();
    faults.add({ system: 'thing', effect: { kind: 'spoil', how: 'endlessBody' } });
    const [method = '', path] = line.split(' ');
    expect(await (await fetch(`${standIn.url}${path}`, { method })).text()).toBe('');
  });

  test('strikes only where a fault says so, and counts', async () => {
    const { faults, standIn } = await start();
    let now = false;
    const fault: Fault = { system: 'thing', when: () => now, effect: { kind: 'error', status: 503 } };
    faults.add(fault);
    expect((await fetch(`${standIn.url}/a`)).status).toBe(200);
    now = true;
    expect((await fetch(`${standIn.url}/a`)).status).toBe(503);
    expect(faults.struck(fault)).toBe(1);
  });

  test('strikes neither controllers nor other systems', async () => {
    const { faults, standIn } = await start();
    faults.add(
      { system: 'other', effect: { kind: 'error', status: 503 } },
      { system: 'thing', effect: { kind: 'error', status: 503 } },
    );
    const headers = { authorization: 'Bearer controller' };
    expect((await fetch(`${standIn.url}/a`, { headers })).status).toBe(200);
    expect((await fetch(`${standIn.url}/a`)).status).toBe(503);
  });
});
