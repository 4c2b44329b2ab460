import { RegistrarError } from '../../core/base/errors.ts';
import type { StepReport, Undone } from '../../core/run/reports.ts';
import type { RotationConsumer, RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { liveKindOf } from '../consumers/live.ts';
import type { LiveRotation } from '../consumers/liveConsumer.ts';
import { commandLimits } from '../kit/commandLimits.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { waitUntil } from '../kit/wait.ts';
import { consumerAt, wordsFor } from '../../core/run/rotationTargets.ts';
import { own } from '../../core/base/own.ts';

/** When a consumer had the secret, by Temporal's clock. */
export interface Delivered {
  readonly at: number;
}

/** Brings the value that is in service to one consumer. */
export async function applyAtConsumer(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
): Promise<StepReport & Delivered> {
  await deliver(deps, job, target, 'set');
  return { at: temporalNow(), changed: [target.name], note: `${target.name} has the new secret` };
}

/** Waits until the service proves that it is well. Without a probe there is nothing to ask. */
export async function probeConsumer(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
): Promise<StepReport & Delivered> {
  await untilWell(deps, job, target);
  return { at: temporalNow(), note: `${target.name} works` };
}

/** Brings the value that is in service again to a consumer that may have had the other one, and tests it. */
export async function restoreConsumer(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<Undone> {
  await deliver(deps, job, target, 'restore');
  await untilWell(deps, job, target);
  return { undone: [`${target.name} has the previous secret again`], kept: [], blocks: false };
}

/** Whether a consumer can be reached and is well, before anything changes. Throws `Refused`. */
export async function checkConsumer(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<void> {
  await rotationOf(job, target)?.check(deps, job, target);
  const sick = await sickness(deps, job, target);
  if (sick === undefined) return;
  throw new RegistrarError({
    system: 'Consumer',
    kind: 'Refused',
    message: `${target.name} is not well before its secret is changed: ${sick}`,
    remedy: 'Mend it, or correct its probe in the registration file, then start again.',
  });
}

async function deliver(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
  purpose: 'set' | 'restore',
): Promise<void> {
  await rotationOf(job, target)?.deliver(deps, job, target, purpose);
}

function rotationOf(job: RotationJob, target: RotationConsumer): LiveRotation | undefined {
  return liveKindOf(consumerAt(job, target))?.rotation;
}

/** A service that restarts needs a moment. Throws `NotYet` with what it said last. */
async function untilWell(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<void> {
  const remedy = `See the log of the service of ${target.name}.`;
  await waitUntil('Consumer', remedy, deps.installation.timings.pollMs, async () => {
    const sick = await sickness(deps, job, target);
    return sick === undefined ? { done: undefined } : { waiting: sick };
  });
}

/** What the probe complains of; undefined where it is content, or there is none. */
async function sickness(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<string | undefined> {
  const { probe } = consumerAt(job, target);
  if (probe === undefined) return undefined;
  if ('url' in probe) {
    const { status, refused } = await deps.consumers.probe(probe.url);
    if (refused !== undefined) return `${probe.url} was not asked: ${refused}`;
    return status === probe.status ? undefined : `${probe.url} answers ${status ?? 'nothing'}, not ${probe.status}`;
  }
  const configured = own(deps.installation.probes, probe.command);
  if (configured === undefined) return `registrar.yaml has no probe "${probe.command}"`;
  const words = wordsFor(job.client, consumerAt(job, target), configured.command);
  const { ok, said } = await deps.consumers.run({ ...commandLimits(configured.environment), words });
  return ok ? undefined : `probe ${probe.command} ended with ${said}`;
}
