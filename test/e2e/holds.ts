import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Land, StepName } from '../../core/run/steps.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { programsOf, turnCluster } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { gate } from '../fixtures/gate.ts';

/** What a hold waits for before its time begins. */
type Hold = Promise<void>[];

/** Of a world, what its test does just now, and the holds that the next thing it does counts for. */
const tests = new WeakMap<World, { readonly doing: Set<Promise<void>>; readonly fresh: Set<Hold> }>();

function testOf(world: World) {
  const test = tests.get(world) ?? { doing: new Set(), fresh: new Set() };
  tests.set(world, test);
  return test;
}

/** A test waits to see something, or is at work: what it holds is held until it is done. Returns how to say so. */
export function watching(world: World): () => void {
  const { doing, fresh } = testOf(world);
  const held = gate();
  doing.add(held.opened);
  for (const hold of fresh) hold.push(held.opened);
  fresh.clear();
  return () => {
    doing.delete(held.opened);
    held.open();
  };
}

/** Waits for what the test does now, and for the first thing that it waits to see after this. */
function holdFor(world: World): Hold {
  const { doing, fresh } = testOf(world);
  const hold = [...doing];
  fresh.add(hold);
  return hold;
}

async function over(hold: Hold): Promise<void> {
  for (const done of hold) await done;
}

/** Holds a request so long after the test has seen what it waits for, and can strike: on a busy machine it looks late. */
export function heldFor(world: World, ms: number): Fault['effect'] {
  const hold = holdFor(world);
  return { kind: 'delay', ms, from: () => over(hold) };
}

interface Options {
  readonly land: Land;
  readonly ms?: number;
  /** Of a client that may be registered already. */
  readonly slug?: string;
}

/** Makes each step take a while, in the middle of its work, so that a test can strike there. */
export async function holdStep(world: World, step: StepName, { land, ms = 1_500, slug }: Options): Promise<void> {
  if (step === 'renderAnsibleFiles') await slowAnsible(world, ms);
  else if (step === 'cleanUp') await slowDeletion(world, ms);
  else if (step === 'landChange') await slowLanding(world, ms);
  else world.faults.add(holdOf(world, step, { land, ms, slug }));
}

function holdOf(
  world: World,
  step: StepName,
  { land, ms, slug }: { readonly land: Land; readonly ms: number; readonly slug: string | undefined },
): Fault {
  const { argocd, authentik } = world.installation;
  const relabel = { method: 'PUT', body: '^(?!.*\\(pending)' } as const;
  const effect = heldFor(world, ms);
  const management = turnCluster(world.installation);
  switch (step) {
    case 'acquireTurn':
      return { system: management, method: 'POST', path: '/leases', times: 1, effect };
    case 'preflight':
      // What is asked with the turn alone.
      return { system: 'authentik', path: '/tasks/tasks/', times: 1, effect };
    case 'generateSecret':
      return { system: 'connect', method: 'PUT', times: 1, effect };
    case 'storeSecret':
      return { system: 'connect', ...relabel, times: 1, effect };
    case 'patchExternalSecret':
      return land === 'last' && argocd !== undefined
        ? {
            system: management,
            method: 'PATCH',
            path: `/applications/${authentik.application}`,
            body: '"sync"',
            times: 1,
            effect,
          }
        : {
            system: `kubernetes/${authentik.cluster}`,
            method: 'GET',
            path: '/externalsecrets/',
            arm: { system: 'connect', ...relabel },
            times: 1,
            effect,
          };
    case 'syncBlueprint':
      return { system: 'authentik', path: '/blueprints/available/', after: 1, times: 1, effect };
    case 'pollBlueprintStatus':
      return {
        system: 'authentik',
        method: 'GET',
        path: '/tasks/tasks/',
        arm: { method: 'POST', path: '/apply/' },
        times: 1,
        effect,
      };
    case 'verifyRegistration':
      return { system: 'authentik', path: '/.well-known/', after: stands(world, slug) ? 1 : 0, times: 1, effect };
    default:
      throw new TypeError(`no hold for ${step}`);
  }
}

/** Of an application that is there, preflight asks for the discovery document before the verification does. */
function stands({ authentik }: World, slug: string | undefined): boolean {
  return authentik.database.rows.applications.some((row) => row.slug === slug);
}

/** A parser that thinks for a while. */
async function slowAnsible(world: World, ms: number): Promise<void> {
  await slowProgram(world, ms, {
    name: 'ansible-playbook',
    thinks: '[ "$1" != "--version" ]',
    ends: 'echo "ansible-playbook [core 2.19.0]"',
  });
}

/** A deletion of a branch that takes a while: all that the tidying up of a run has in common, whoever deploys. */
export async function slowDeletion(world: World, ms = 1_500): Promise<void> {
  await slowProgram(world, ms, {
    name: 'git',
    thinks: 'case "$*" in *"push "*" :refs/heads/"*) ;; *) false ;; esac',
    ends: `${REAL_GIT}; exec git "$@"`,
  });
}

/** A push to the target branch that has landed, and whose answer takes a while. */
export async function slowLanding(world: World, ms = 1_500): Promise<void> {
  const pushes = `case "$*" in *"--dry-run"*) false ;; *"push "*":refs/heads/${world.repository.branch}") ;; *) false ;; esac`;
  await slowProgram(world, ms, {
    name: 'git',
    thinks: `${REAL_GIT}; ${pushes} && { git "$@"; landed=$?; [ "$landed" = 0 ]; }`,
    ends: '[ -z "$landed" ] || exit "$landed"; exec git "$@"',
  });
}

/** From here on the shell finds the git that comes after ours. */
const REAL_GIT = `PATH=\${PATH#*${path.delimiter}}`;

interface Slow {
  readonly name: string;
  /** Condition of the shell on which it thinks. */
  readonly thinks: string;
  /** What it does in the end. */
  readonly ends: string;
}

/** A program on the worker's PATH that thinks for a while, as {@link heldFor} says: as long as its file is there. */
async function slowProgram(world: World, ms: number, { name, thinks, ends }: Slow): Promise<void> {
  const folder = programsOf(world);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await writeFile(
    file,
    `#!/bin/sh
if ${thinks}; then : > "$0.thinks"; while [ -e "$0.thinks" ]; do sleep 0.05; done; fi
${ends}
`,
  );
  await chmod(file, 0o755);
  void letThink(holdFor(world), `${file}.thinks`, ms);
}

/** Until the bed is well again, which takes the folder away. */
async function letThink(hold: Hold, thinks: string, ms: number): Promise<void> {
  for (; existsSync(path.dirname(thinks)); await sleep(20)) {
    if (!existsSync(thinks)) continue;
    await over(hold);
    await sleep(ms);
    await rm(thinks, { force: true });
  }
}
