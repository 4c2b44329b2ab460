import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Land, StepName } from '../../core/run/steps.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import { programsOf, turnCluster } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';

/** Makes each step take a while, in the middle of its work, so that a test can strike there. */
export async function holdStep(
  world: World,
  step: StepName,
  { land, ms = 1_500 }: { land: Land; ms?: number },
): Promise<void> {
  if (step === 'renderAnsibleFiles') await slowAnsible(world, ms);
  else if (step === 'landChange')
    await world.repository.setFaults({ slowAnswer: { branch: world.repository.branch, seconds: ms / 1000 } });
  else world.faults.add(holdOf(world, step, land, ms));
}

function holdOf(world: World, step: StepName, land: Land, ms: number): Fault {
  const { argocd, authentik } = world.installation;
  const relabel = { method: 'PUT', body: '^(?!.*\\(pending)' } as const;
  const effect = { kind: 'delay', ms } as const;
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
      return { system: 'authentik', path: '/.well-known/', times: 1, effect };
    case 'cleanUp':
      return { system: management, method: 'DELETE', path: '/leases/', times: 1, effect };
    default:
      throw new TypeError(`no hold for ${step}`);
  }
}

/** A parser that thinks for a while. */
async function slowAnsible(world: World, ms: number): Promise<void> {
  await mkdir(programsOf(world), { recursive: true });
  const file = path.join(programsOf(world), 'ansible-playbook');
  await writeFile(
    file,
    `#!/bin/sh\n[ "$1" = "--version" ] || sleep ${ms / 1000}\necho "ansible-playbook [core 2.19.0]"\n`,
  );
  await chmod(file, 0o755);
}
