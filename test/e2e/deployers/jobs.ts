import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import type { CheckResult } from '../../../core/check/finding.ts';
import type { ChangePlan } from '../../../core/plan/plan.ts';
import type { DeregisterStep } from '../../../core/run/deregistration.ts';
import type { StepName } from '../../../core/run/steps.ts';
import type { FaultEffect } from '../../../sandbox/faults/faults.ts';
import { failStep } from '../../../sandbox/world/stepFaults.ts';
import type { World } from '../../../sandbox/world/world.ts';
import { failChange } from '../changes.ts';
import { startDeregistration, strikeStep } from '../deregistering.ts';
import { heldFor, holdStep } from '../holds.ts';
import { failPlace, holdPlace, type Place, stepOf } from '../rotationFaults.ts';
import type { TestBed } from '../testBed.ts';
import type { Client } from './client.ts';
import type { JobName, Setting } from './settings.ts';
import { IDS } from '../../../core/run/ids.ts';

/** How a job is started, and struck in a step. */
export interface Job {
  start(bed: TestBed, client: Client): Promise<WorkflowHandle>;
  strike(world: World, step: string, how: 'fail' | 'hold', setting: Setting, client: Client): Promise<void> | void;
  /** The name by which the run shows the step; undefined where it shows none, and the activity of this name is looked for. */
  readonly shown?: (step: string) => string;
  /** How one that only reads ends where it cannot. */
  readonly failed?: unknown;
  /** What a result says that has ended well. */
  isWell(result: unknown): boolean;
}

const outcome =
  (...wanted: readonly string[]): Job['isWell'] =>
  (result) =>
    wanted.includes((result as { outcome: string }).outcome);

const registering = (
  input: (client: Client) => Parameters<TestBed['start']>[1],
  wanted: string,
  fail = failStep,
): Job => ({
  start: (bed, client) => bed.start(client.name, input(client)),
  strike: (world, step, how, { land, mode }, { name }) =>
    how === 'fail'
      ? fail(world, step as StepName, { land, slug: name, mayApply: mode === 'apply' })
      : holdStep(world, step as StepName, { land, slug: name }),
  shown: (step) => step,
  isWell: outcome(wanted),
});

/** A read that a job makes of a system, once. */
const reading = (start: Job['start'], failed: unknown, isWell: Job['isWell']): Job => ({
  start,
  failed,
  strike: (world, _step, how) => {
    const effect: FaultEffect =
      how === 'fail' ? { kind: 'error', status: 400, body: { status: 400, message: 'no' } } : heldFor(world, 1_500);
    world.faults.add({ system: 'connect', method: 'GET', ...(how === 'hold' ? { times: 1 } : {}), effect });
  },
  isWell,
});

export const JOBS: Readonly<Record<JobName, Job>> = {
  plan: reading(
    ({ client }, { name, registration }) =>
      client.workflow.start('planClient', {
        taskQueue: IDS.taskQueue,
        workflowId: `${IDS.plan(name)}/${randomUUID()}`,
        args: [registration],
      }),
    { error: expect.any(WorkflowFailedError) },
    (result) => !(result as ChangePlan).unchanged,
  ),
  registerClient: registering(({ registration }) => registration, 'registered'),
  checkClient: reading(
    ({ client }, { name }) =>
      client.workflow.start('checkClient', {
        taskQueue: IDS.taskQueue,
        workflowId: IDS.check(name),
        args: [{ client: name }],
      }),
    {
      result: expect.objectContaining({
        ok: false,
        findings: expect.arrayContaining([expect.objectContaining({ severity: 'unreadable' })]),
      }),
    },
    (result) => (result as CheckResult).ok,
  ),
  change: registering(
    ({ changed }) => changed,
    'registered',
    (world, step, options) => (options.mayApply ? failChange(world, step, options) : failStep(world, step, options)),
  ),
  repair: registering(({ name }) => ({ client: name, repair: true }), 'repaired'),
  rotateSecret: {
    start: (bed, { name, changed }) => bed.startRotation(name, changed),
    strike: (world, step, how) => (how === 'fail' ? failPlace : holdPlace)(world, step as Place),
    shown: (place) => stepOf(place as Place),
    isWell: outcome('rotated'),
  },
  deregisterClient: {
    start: (bed, { name, changed }) => startDeregistration(bed, name, { registration: changed, purge: true }),
    strike: (world, step, how) => strikeStep(world, step as DeregisterStep, how),
    shown: (step) => step,
    isWell: outcome('deregistered'),
  },
};
