import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RegistrarError } from '../../../core/base/errors.ts';
import { Faults, type Fault } from '../../../sandbox/faults/faults.ts';
import { FAULTY_SYSTEMS, parseFault } from '../../../sandbox/faults/parseFault.ts';

const GET = { method: 'GET', path: '/api/v3/admin/version/', body: '' };

describe('a fault on the command line', () => {
  test.each<[string, Fault]>([
    [
      'authentik:GET:/admin/version:error=503:times=2',
      {
        system: 'authentik',
        method: 'GET',
        path: String.raw`\/admin\/version`,
        times: 2,
        effect: { kind: 'error', status: 503 },
      },
    ],
    ['kubelet:rolloutNeverEnds', { system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } }],
    ['authentik:neverSuccessful', { system: 'authentik', effect: { kind: 'behaviour', name: 'neverSuccessful' } }],
    ['connect:PUT::conflict:times=1', { system: 'connect', method: 'PUT', times: 1, effect: { kind: 'conflict' } }],
    [
      'authentik:POST:/apply/:loseAnswer:times=1:after=3',
      {
        system: 'authentik',
        method: 'POST',
        path: String.raw`\/apply\/`,
        after: 3,
        times: 1,
        effect: { kind: 'loseAnswer' },
      },
    ],
    ['connect:hang', { system: 'connect', effect: { kind: 'hang' } }],
    ['connect:resetBody', { system: 'connect', effect: { kind: 'spoil', how: 'resetBody' } }],
    ['connect:*:items:delay=20', { system: 'connect', path: 'items', effect: { kind: 'delay', ms: 20 } }],
    [
      'connect:::error=429:retryAfter=7:body=pending',
      {
        system: 'connect',
        body: 'pending',
        effect: { kind: 'error', status: 429, headers: { 'retry-after': '7' } },
      },
    ],
    ['kubernetes/hub:conflict', { system: 'kubernetes/hub', effect: { kind: 'conflict' } }],
    [
      'argocd:syncFails=Deployment/worker:times=1',
      {
        system: 'argocd',
        times: 1,
        effect: { kind: 'behaviour', name: 'syncFails', argument: 'Deployment/worker' },
      },
    ],
    ['git:protect=main', { system: 'git', effect: { kind: 'behaviour', name: 'protect', argument: 'main' } }],
  ])('%s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  test.each([
    ['', 'there is no system ""', 'connect'],
    [
      'vault:hang',
      'there is no system "vault"',
      'Name one of authentik, connect, consumer, kubernetes/<cluster>, argocd',
    ],
    ['kubernetes:hang', 'there is no system "kubernetes"', 'kubernetes/<cluster>'],
    ['connect', 'it names no effect', 'error=STATUS, delay=MILLISECONDS, conflict, loseAnswer, hang'],
    ['connect:PUT:/items', 'it names no effect', 'error=STATUS'],
    ['connect:explode', 'connect knows no effect "explode"', 'conflict'],
    [
      'kubelet:hang',
      'kubelet knows no effect "hang"',
      'rolloutNeverEnds, mountLags[=milliseconds], secretLags[=milliseconds]',
    ],
    ['kubelet:rolloutNeverEnd', 'kubelet knows no effect "rolloutNeverEnd"', 'rolloutNeverEnds'],
    ['argocd:syncNeverEnds=x', 'syncNeverEnds takes no argument', 'Write syncNeverEnds.'],
    ['authentik:GET:/x:neverSuccessful', 'neverSuccessful is a behaviour', 'Write authentik:neverSuccessful.'],
    ['connect:error=5', '"5" is no status of an error', 'error=503'],
    ['connect:error', '"" is no status of an error', 'error=503'],
    ['connect:hang=1', 'connect knows no effect "hang=1"', 'hang'],
    ['connect:hang:times=often', 'times is "often"', 'whole number'],
    ['connect:hang:time=1', '"time=1" is no option', 'times, after, body, retryAfter'],
    ['connect:hang:times=1:times=2', '"times=2" is no option, or one too many', 'times'],
    ['connect:GET:[:hang', '"[" is no regular expression', 'JavaScript'],
  ])('%s is refused, and what is known is named', (text, why, remedy) => {
    const parse = (): Fault => parseFault(text);
    expect(parse).toThrow(RegistrarError);
    expect(parse).toThrow(why);
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({ kind: 'BadInput' });
      expect((error as RegistrarError).remedy).toContain(remedy);
    }
  });

  test('every behaviour that a stand-in asks for has a name here, and every name here is asked for', () => {
    const root = fileURLToPath(new URL('../../../sandbox', import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const sources = files.map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n');
    const asked = [...sources.matchAll(/\.behaviour\(\s*['`]([^'`]+)['`],\s*'(\w+)'/g)].map(
      ([, system = '', name]) => `${system.replace(/\$\{(\w+)\}/, '<$1>')} ${name}`,
    );
    const named = Object.entries(FAULTY_SYSTEMS).flatMap(([system, { behaviours }]) =>
      Object.keys(behaviours).map((name) => `${system} ${name}`),
    );
    expect([...new Set(asked)].toSorted()).toEqual(named.toSorted());
  });
});

describe('faults in force', () => {
  test('strike so often, after so many, and only what they name', () => {
    const faults = new Faults();
    faults.add({ system: 'authentik', path: 'version', after: 1, times: 2, effect: { kind: 'hang' } });
    const strikes = [GET, GET, { ...GET, path: '/other' }, GET, GET].map((request) =>
      faults.strike('authentik', request),
    );
    expect(strikes.map((effect) => effect?.kind)).toEqual([undefined, 'hang', undefined, 'hang', undefined]);
    expect(faults.strike('connect', GET)).toBeUndefined();
  });

  test('sleep until armed', () => {
    const faults = new Faults();
    faults.add({ system: 'connect', method: 'GET', arm: { method: 'PUT', body: 'pending' }, effect: { kind: 'hang' } });
    expect(faults.strike('connect', GET)).toBeUndefined();
    expect(faults.strike('connect', { method: 'PUT', path: '/', body: 'x\npending' })).toBeUndefined();
    expect(faults.strike('connect', GET)?.kind).toBe('hang');
  });

  test('of behaviours are used up only where they strike, and only by what their argument names', () => {
    const faults = new Faults();
    faults.add(parseFault('argocd:syncFails=Deployment:times=1'));
    const ask = (kind: string) => faults.behaviour('argocd', 'syncFails', true, (argument) => argument === kind);
    expect(ask('ConfigMap')).toBeUndefined();
    expect(faults.behaviour('argocd', 'syncFails')).toEqual({ argument: 'Deployment' });
    expect(ask('Deployment')).toEqual({ argument: 'Deployment' });
    expect(ask('Deployment')).toBeUndefined();
  });

  test('are gone when cleared, those of one system alone where asked', () => {
    const faults = new Faults();
    faults.add(parseFault('connect:hang'), parseFault('kubelet:rolloutNeverEnds'));
    faults.clear('connect');
    expect(faults.list().map((fault) => fault.system)).toEqual(['kubelet']);
    faults.clear();
    expect(faults.list()).toEqual([]);
  });
});
