import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import { type Land, STEPS, type StepName, stepsInOrder } from '../../core/run/steps.ts';
import type { Fault } from '../faults/faults.ts';
import type { World } from './world.ts';

/** Checks what a person typed. Throws `BadInput` naming the steps. */
export function stepNamed(text: string, land: Land): StepName {
  const step = stepsInOrder(land).find((name) => name === text);
  if (step !== undefined) return step;
  const known = STEPS.some((name) => name === text);
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'BadInput',
    message: known ? `step ${text} is not part of a run with land: ${land}` : `there is no step "${text}"`,
    remedy: `Name one of ${stepsInOrder(land).join(', ')}.`,
  });
}

export interface FailOptions {
  readonly land: Land;
  readonly slug: string;
  readonly mayApply: boolean;
}

/** Makes the systems of a sandbox fail so that the run fails in this step, and its undo does not. */
export async function failStep(world: World, step: StepName, options: FailOptions): Promise<void> {
  switch (step) {
    case 'renderAnsibleFiles':
      await breakAnsible(world);
      return;
    case 'landChange':
      await world.repository.setFaults({ protect: world.repository.branch });
      return;
    case 'cleanUp':
      await world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
      return;
    default:
      world.faults.add(...faultsOf(world, step, options));
  }
}

/** The cluster that keeps the turns, as faults name it. */
export function turnCluster({ argocd, authentik }: World['installation']): string {
  return `kubernetes/${argocd?.cluster ?? authentik.cluster}`;
}

/** A refusal of the token would be waited out. */
const REFUSED = { status: 400, message: 'the item cannot be changed' };
/** An API server refuses by a Status; other words are those of something in front of it, and pass. */
const BAD_REQUEST = { kind: 'Status', status: 'Failure', reason: 'BadRequest', code: 400, message: 'is refused' };

function faultsOf(world: World, step: StepName, { land, slug, mayApply }: FailOptions): readonly Fault[] {
  const byArgoCd = world.installation.argocd !== undefined;
  const relabel = { method: 'PUT', body: '^(?!.*\\(pending)' } as const;
  switch (step) {
    case 'acquireTurn': {
      const body = {
        kind: 'Status',
        status: 'Failure',
        reason: 'Forbidden',
        code: 403,
        message: 'leases is forbidden',
      };
      return [{ system: turnCluster(world.installation), method: 'POST', path: '/leases', effect: error(403, body) }];
    }
    case 'preflight':
      return [
        { system: 'authentik', path: '/admin/version/', effect: error(403, { detail: 'Token invalid/expired' }) },
      ];
    case 'generateSecret':
      return [{ system: 'connect', method: 'PUT', times: 1, effect: error(400, REFUSED) }];
    case 'storeSecret':
      return [{ system: 'connect', ...relabel, times: 1, effect: error(400, REFUSED) }];
    case 'patchExternalSecret':
      // Automated sync heals a failed sync by itself, so there the API refuses the first look after the vault's last write.
      return land === 'last' && byArgoCd
        ? [{ system: 'argocd', times: 1, effect: behaviour('syncFails', 'ExternalSecret') }]
        : [
            {
              system: `kubernetes/${world.installation.authentik.cluster}`,
              method: 'GET',
              path: '/externalsecrets/',
              arm: { system: 'connect', ...relabel },
              times: 1,
              effect: error(400, BAD_REQUEST),
            },
          ];
    case 'syncBlueprint':
      if (mayApply)
        return [
          { system: 'authentik', method: 'POST', path: '/apply/', times: 1, effect: error(400, NO_SUCH_REQUEST) },
        ];
      return land === 'last' && byArgoCd
        ? [{ system: 'argocd', times: 1, effect: behaviour('syncFails', 'ConfigMap') }]
        : // The first ask is preflight's.
          [
            {
              system: 'authentik',
              path: '/blueprints/available/',
              after: 1,
              times: 1,
              effect: error(400, NO_SUCH_REQUEST),
            },
          ];
    case 'pollBlueprintStatus':
      // A section of several clients must become successful again, for those that stay in it.
      return mayApply && world.installation.authentik.blueprints.section !== undefined
        ? [onePollFails()]
        : [{ system: 'authentik', effect: behaviour('neverSuccessful', pathOf(world, slug)) }];
    case 'verifyRegistration':
      return [
        {
          system: 'authentik',
          path: `/application/o/${slug}/.well-known/`,
          effect: error(404, '<html>Not Found</html>'),
        },
      ];
    default:
      return [];
  }
}

/** Makes the wait for a blueprint that the job applied fail once, so that the undo's own apply of the old one does not. */
export function onePollFails(): Fault {
  return {
    system: 'authentik',
    method: 'GET',
    path: '/tasks/tasks/',
    arm: { method: 'POST', path: '/apply/' },
    times: 1,
    effect: error(400, NO_SUCH_REQUEST),
  };
}

/** Where Authentik finds the section of a client. */
function pathOf({ installation }: World, slug: string): string {
  const { mountedAs = 'custom', section = `${slug}.yaml` } = installation.authentik.blueprints;
  return `${mountedAs}/${section}`;
}

const NO_SUCH_REQUEST = { detail: 'Not a valid request.' };

function error(status: number, body: unknown): Fault['effect'] {
  return { kind: 'error', status, body };
}

function behaviour(name: string, argument: string): Fault['effect'] {
  return { kind: 'behaviour', name, argument };
}

/** Stands before the real parser on the worker's PATH: well with the old playbook, not with the new one. */
const BROKEN_ANSIBLE = `#!/bin/sh
if [ "$1" = "--version" ]; then echo "ansible-playbook [core 2.19.0]"; exit 0; fi
for playbook; do :; done
if grep -q 'OIDC client secret' "$playbook"; then
  echo "[ERROR]: couldn't resolve module/action 'ansible.builtin.template'" >&2
  exit 4
fi
echo "playbook: $playbook"
`;

/** Folder that comes first on the PATH of a sandbox's worker. */
export function programsOf(world: Pick<World, 'dir'>): string {
  return path.join(world.dir, 'programs');
}

async function breakAnsible(world: World): Promise<void> {
  await mkdir(programsOf(world), { recursive: true });
  const file = path.join(programsOf(world), 'ansible-playbook');
  await writeFile(file, BROKEN_ANSIBLE);
  await chmod(file, 0o755);
}
