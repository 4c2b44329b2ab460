import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import type { DeregisterInput, DeregisterResult, DeregisterStep } from '../../core/run/deregistration.ts';
import type { Fault, FaultEffect } from '../../sandbox/faults/faults.ts';
import { turnCluster } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { heldFor, slowDeletion, slowLanding } from './holds.ts';
import type { Failed, TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

/** Starts a deregistration under the canonical id. */
export async function startDeregistration(
  bed: TestBed,
  client: string,
  input: DeregisterInput = { client },
  workflowId = IDS.client(client),
): Promise<WorkflowHandle> {
  return bed.client.workflow.start('deregisterClient', { taskQueue: IDS.taskQueue, workflowId, args: [input] });
}

/** Deregisters and expects it to end well. */
export async function deregister(bed: TestBed, client: string, input?: DeregisterInput): Promise<DeregisterResult> {
  const handle = await startDeregistration(bed, client, input);
  return (await bed.result(handle)) as unknown as DeregisterResult;
}

/** Deregisters and expects it to fail. */
export async function failDeregistration(bed: TestBed, client: string, input?: DeregisterInput): Promise<Failed> {
  return bed.failure(await startDeregistration(bed, client, input));
}

/** Waits until a step of a deregistration is under way. */
export async function untilStep(bed: TestBed, handle: WorkflowHandle, step: DeregisterStep): Promise<void> {
  await bed.until(
    handle,
    (view) => view.steps.some((each) => each.name === step && each.state === 'running'),
    `step ${step}`,
  );
}

/** Strikes in the middle of a step of a deregistration, once. */
export async function strikeStep(world: World, step: DeregisterStep, how: 'fail' | 'hold'): Promise<void> {
  if (step === 'landChange') {
    if (how === 'fail') await world.repository.setFaults({ protect: world.repository.branch });
    else await slowLanding(world);
    return;
  }
  if (step === 'cleanUp') {
    if (how === 'fail') await world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
    else await slowDeletion(world);
    return;
  }
  world.faults.add({
    ...requestOf(world, step),
    times: 1,
    effect: how === 'fail' ? errorOf(step) : heldFor(world, 1_500),
  });
}

function requestOf(world: World, step: DeregisterStep): Omit<Fault, 'effect'> {
  const { authentik } = world.installation;
  const management = turnCluster(world.installation);
  switch (step) {
    case 'acquireTurn':
      return { system: management, method: 'POST', path: '/leases' };
    case 'planRemoval':
      return { system: 'authentik', path: '/admin/version/' };
    case 'takeOutBlueprint':
      return { system: 'authentik', path: '/blueprints/available/' };
    case 'takeOutExternalSecret':
      // The step before asks Authentik whether the file is gone, and does not look at the ExternalSecret.
      return {
        system: `kubernetes/${authentik.cluster}`,
        method: 'GET',
        path: '/externalsecrets/',
        arm: { system: 'authentik', path: '/blueprints/available/' },
      };
    case 'removeApplication':
      // The application is gone by then.
      return { system: 'authentik', method: 'DELETE', path: '/providers/oauth2/' };
    case 'verifyRemoval':
      return { system: 'authentik', path: '/.well-known/' };
    case 'removeAccounts':
      return { system: 'authentik', method: 'DELETE', path: '/core/groups/' };
    case 'retireSecret':
      return { system: 'connect', method: 'PUT' };
    case 'cleanUp':
      return { system: management, method: 'DELETE', path: '/leases/' };
    default:
      throw new TypeError(`no fault for ${step}`);
  }
}

/** An answer that no repetition mends. */
function errorOf(step: DeregisterStep): FaultEffect {
  const status = 400;
  const kubernetes = { kind: 'Status', status: 'Failure', reason: 'BadRequest', code: status, message: 'is refused' };
  // Each in the words of its system: others are those of something in front of it, and pass.
  const inWords = {
    acquireTurn: kubernetes,
    takeOutExternalSecret: kubernetes,
    retireSecret: { status, message: 'no' },
  };
  const body = inWords[step as keyof typeof inWords] ?? { detail: 'no' };
  return { kind: 'error', status, body };
}

/** The same as a snapshot taken before, apart from the history of the target branch. */
export async function expectSameState(bed: TestBed, before: unknown): Promise<void> {
  await bed.world.settled();
  expect(withoutHistory(await bed.world.snapshot())).toEqual(withoutHistory(before));
}

function withoutHistory(snapshot: unknown): unknown {
  const { repository, ...rest } = snapshot as { repository: { head: string } };
  return { ...rest, repository: { ...repository, head: '' } };
}
