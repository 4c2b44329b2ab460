import { readFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkAuthentik } from '../../activities/check/authentik.ts';
import { checkBasis } from '../../activities/check/basis.ts';
import { planRemoval } from '../../activities/deregister/planRemoval.ts';
import type { Deps } from '../../activities/deps.ts';
import { preflight } from '../../activities/preflight/preflight.ts';
import { preflightRotation } from '../../activities/rotate/preflightRotation.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { LONG } from './long.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Of the role of deploy/authentik-role.yaml each permission is taken away, and each kind of run is asked what it says before it
// writes. All permissions for a registration; for the others one of each kind, and all of them in a long run.

const { entries } = parse(readFileSync('deploy/authentik-role.yaml', 'utf8'), {
  customTags: [{ tag: '!KeyOf', resolve: (id: string) => id }],
}) as { readonly entries: readonly [{ readonly attrs: { readonly permissions: readonly string[] } }] };
const ROLE = entries[0].attrs.permissions;
const codename = (name: string): string => name.split('.')[1] ?? '';

const USED_BY = new Set([
  'view_groupancestrynode',
  'view_authenticatedsession',
  'view_scimsourcegroup',
  'view_scimsourceuser',
]);
type Kind = 'view' | 'usedBy' | 'delete' | 'apply' | 'unbind';

function kindOf(name: string): Kind {
  const code = codename(name);
  if (USED_BY.has(code)) return 'usedBy';
  if (code.startsWith('view_')) return 'view';
  if (code === 'delete_policybinding') return 'unbind';
  return code.startsWith('delete_') ? 'delete' : 'apply';
}

let bed: TestBed;
let deps: Deps;
useTestBed({}, (started) => {
  bed = started;
});
beforeAll(async () => {
  await bed.register('zot');
  deps = await createDeps(loadWorkerConfig({ ...bed.world.workerEnv }), bed.client, { openSdk: bed.world.openSdk });
});

const request = <Input>(client: string, input: Input) => ({ client, input, changeId: 'none', digest: deps.digest });

interface Asked {
  readonly run: string;
  readonly refusedWithout: readonly Kind[];
  readonly ask: () => Promise<unknown>;
}

const RUNS: readonly Asked[] = [
  {
    run: 'a registration',
    refusedWithout: ['view', 'usedBy', 'delete'],
    ask: () => preflight(deps, request('fresh', clientNamed('fresh'))),
  },
  {
    run: 'a client that stands',
    refusedWithout: ['view', 'usedBy', 'delete'],
    ask: () => preflight(deps, request('zot', { client: 'zot' })),
  },
  {
    run: 'a repair',
    refusedWithout: ['view', 'usedBy', 'delete'],
    ask: () => preflight(deps, request('zot', { client: 'zot', repair: true })),
  },
  {
    run: 'a rotation',
    refusedWithout: ['view', 'apply'],
    ask: () => preflightRotation(deps, request('zot', { client: 'zot' })),
  },
  {
    run: 'a deregistration',
    refusedWithout: ['view', 'usedBy', 'delete'],
    ask: () => planRemoval(deps, request('zot', { client: 'zot', force: true })),
  },
  {
    run: 'a check',
    refusedWithout: ['view'],
    ask: async () => {
      const basis = await checkBasis(deps, { client: 'zot', digest: deps.digest });
      const { findings } = await checkAuthentik(deps, basis);
      const unreadable = findings.filter(({ severity }) => severity === 'unreadable');
      if (unreadable.length > 0) throw new Error(unreadable.map(({ what }) => what).join('; '));
    },
  },
];

/** What it says where these permissions are taken from the token; '' where it does not refuse. */
async function saysWithout(codenames: readonly string[], ask: Asked['ask']): Promise<string> {
  for (const code of codenames) bed.world.permissions.delete(code);
  try {
    await new MockActivityEnvironment({ startToCloseTimeoutMs: 60_000 }).run(ask);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const code of codenames) bed.world.permissions.add(code);
  }
}

describe.each(RUNS)('$run', ({ run, refusedWithout, ask }) => {
  const one = new Map(ROLE.map((name) => [kindOf(name), name]));
  const names = run === 'a registration' || LONG ? ROLE : [...one.values()];

  it('says nothing of permissions to the role as it is', async () => {
    const optional = [...bed.world.permissions].filter((code) => !ROLE.map(codename).includes(code));
    expect(await saysWithout(optional, ask)).not.toContain('lacks');
  });

  it.each(names)('without %s', async (name) => {
    const before = await bed.world.snapshot();
    const said = await saysWithout([codename(name)], ask);
    if (refusedWithout.includes(kindOf(name))) expect(said).toContain(name);
    else expect(said).not.toContain(name);
    await bed.expectAsBefore(before);
  });
});
