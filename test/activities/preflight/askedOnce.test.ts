import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deps, RunDirectory } from '../../../activities/deps.ts';
import { checkBasis } from '../../../activities/check/basis.ts';
import { planRemoval } from '../../../activities/deregister/planRemoval.ts';
import { preflight } from '../../../activities/preflight/preflight.ts';
import { preflightBeforeTurn } from '../../../activities/preflight/preflightBeforeTurn.ts';
import { planChange } from '../../../activities/register/planChange.ts';
import { preflightRotation } from '../../../activities/rotate/preflightRotation.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { World } from '../../../sandbox/world/world.ts';
import { loadWorkerConfig } from '../../../worker/config.ts';
import { createDeps } from '../../../worker/createDeps.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { attemptIn } from '../../fixtures/attempts.ts';
import type { ChangePlan } from '../../../core/plan/plan.ts';
import { Secret } from '../../../core/base/secret.ts';
import { IDS } from '../../../core/run/ids.ts';

let world: World;
let deps: Deps;
let dir: string;

/** No run of any client is remembered. */
const NO_RUNS: RunDirectory = {
  idOf: IDS.client,
  isOpen: async () => false,
  endedWell: async () => false,
  findPlan: async () => undefined,
  plannedJob: async () => {
    throw new Error('no run');
  },
  interruptedPlan: async () => undefined,
  registeredBefore: async () => undefined,
  registeredAs: async () => undefined,
  openRuns: async () => [],
  searchable: async () => ({ OidcClient: 'Keyword' }),
};

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-asked-'));
  world = await World.start({ layout: await sampleLayout('manual'), dir: path.join(dir, 'world') });
  const real = await createDeps(loadWorkerConfig({ ...world.workerEnv }), { options: {} } as Client);
  const contents = await real.vault.read();
  const vault = { ...real.vault, read: async () => ({ ...contents, fields: [...contents.fields, FIELD] }) };
  deps = { ...real, vault, runs: NO_RUNS };
});

afterAll(async () => {
  await world?.destroy();
  await rm(dir, { recursive: true, force: true });
});

const SYSTEMS = ['git', 'runs', 'vault', 'authentik'] as const;

/** What moves is asked again by whatever waits for it. */
const AT_REST = [...SYSTEMS, 'cluster', 'externalSecrets'] as const;

/** The systems, with a list of what these are asked. */
function counted(of: readonly (typeof AT_REST)[number][] = SYSTEMS): { readonly deps: Deps; readonly asked: string[] } {
  const asked: string[] = [];
  const systems = of.map((system) => {
    const real = deps[system] as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    const counting = new Proxy(real, {
      get:
        (target, method: string) =>
        (...args: unknown[]) => {
          asked.push(`${system}.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
          return target[method]?.(...args);
        },
    });
    return [system, counting];
  });
  return { deps: { ...deps, ...Object.fromEntries(systems) } as Deps, asked };
}

/** The sample's client, of which the vault holds the secret and nothing else is there yet. */
const REQUEST = {
  input: { client: 'zot' },
  client: 'zot',
  changeId: '00000000-0000-4000-8000-000000000001',
  digest: '',
};
const FIELD = {
  id: 'f',
  label: 'zot-client-secret',
  shown: undefined,
  mark: undefined,
  value: new Secret('a'.repeat(32)),
};

async function questionsOf(look: (deps: Deps) => Promise<unknown>): Promise<readonly string[]> {
  const { deps: asking, asked } = counted();
  // What it refuses says nothing of how often it asked.
  await attemptIn(async () => undefined).run(() => look(asking).catch(() => undefined));
  return asked;
}

/** What was asked a second time. */
const repeated = (asked: readonly string[]) => asked.filter((question, at) => asked.indexOf(question) !== at);

/** Of what is refused it is asked whether the target branch has moved since it was read. */
const HAS_MOVED = ['git.fetch()', 'git.head("main")'];

describe('what is asked before a run begins', () => {
  test.each<[string, (asking: Deps) => Promise<unknown>, string, ...string[]]>([
    ['preflight', (asking) => preflight(asking, REQUEST), 'runs.registeredAs("zot")', ...HAS_MOVED],
    ['preflightBeforeTurn', (asking) => preflightBeforeTurn(asking, REQUEST), 'authentik.user("svc-artifact-ci")'],
    ['planRemoval', (asking) => planRemoval(asking, REQUEST), 'runs.registeredAs("zot")'],
    ['preflightRotation', (asking) => preflightRotation(asking, REQUEST), 'authentik.application("zot")'],
    ['checkBasis', (asking) => checkBasis(asking, REQUEST), 'authentik.version()'],
  ])('%s asks each system each question once', async (_name, look, last, ...again) => {
    const asked = await questionsOf(look);

    expect(asked).toContain(last);
    expect(repeated(asked)).toEqual(again);
  });

  test('before the turn each object of a cluster is asked for once, too', async () => {
    const { deps: asking, asked } = counted(AT_REST);
    const request = { ...REQUEST, input: clientNamed('another'), client: 'another' };
    await attemptIn(async () => undefined).run(() => preflightBeforeTurn(asking, request));

    expect(asked.filter((question) => question.startsWith('cluster.'))).toHaveLength(3);
    expect(repeated(asked)).toEqual([]);
  });

  test('a plan asks each question once, for the texts that it shows, too', async () => {
    const { deps: asking, asked } = counted(AT_REST);
    const request = { ...REQUEST, input: clientNamed('another'), client: 'another' };
    const plan: ChangePlan = await attemptIn(async () => undefined).run(() => planChange(asking, request));

    expect(plan.files.map(({ path: file }) => file)).toContain('identity/authentik/blueprints.yaml');
    expect(repeated(asked)).toEqual([]);
  });
});
