import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { StepReport, Undone } from '../../core/run/reports.ts';
import type { RotationConsumer, RotationJob } from '../../core/run/rotation.ts';
import type { Command } from '../../integrations/consumers/consumers.ts';
import type { Deps } from '../deps.ts';
import { targetHead, worktreeOf } from '../branch/runBranch.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { withHeartbeat, waitUntil } from '../kit/wait.ts';
import { checkExternalSecretConsumer, refreshConsumer } from './externalSecretConsumer.ts';
import { consumerAt, wordsFor } from '../../core/run/rotationTargets.ts';
import { own } from '../../core/base/own.ts';

/** When a consumer had the secret, by Temporal's clock. */
export interface Delivered {
  readonly at: number;
}

/** Brings the value that is in service to one consumer: its playbook, or its ExternalSecret. Doing it again does no harm: a retry does. */
export async function applyAtConsumer(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
): Promise<StepReport & Delivered> {
  await withHeartbeat(() => deliverTo(deps, job, target, 'set'));
  return { at: temporalNow(), changed: [target.name], note: `${target.name} has the new secret` };
}

/** Waits until the service proves that it is well. Without a probe there is nothing to ask. */
export async function probeConsumer(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
): Promise<StepReport & Delivered> {
  await withHeartbeat(() => untilWell(deps, job, target));
  return { at: temporalNow(), note: `${target.name} works` };
}

/** Brings the value that is in service again to a consumer that may have had the other one, and tests it. */
export async function restoreConsumer(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<Undone> {
  return withHeartbeat(async () => {
    await deliverTo(deps, job, target, 'restore');
    await untilWell(deps, job, target);
    return { undone: [`${target.name} has the previous secret again`], kept: [], blocks: false };
  });
}

/** Whether a consumer can be reached and is well, before anything changes. Throws `Refused`. */
export async function checkConsumer(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<void> {
  const program = deps.installation.ansible.apply?.command[0];
  if (target.by === 'command' && program !== undefined && !(await deps.consumers.installed(program))) {
    const remedy = 'Install it beside the worker, or correct ansible.apply.command in registrar.yaml.';
    throw new RegistrarError({
      system: 'Consumer',
      kind: 'Refused',
      message: `"${program}", which updates ${target.name}, is not on the worker's PATH`,
      remedy,
    });
  }
  if (target.by === 'command') await runPlaybook(deps, job, target, 'check');
  if (target.by === 'cluster') await checkExternalSecretConsumer(deps, job, target);
  const sick = await sickness(deps, job, target);
  if (sick === undefined) return;
  throw new RegistrarError({
    system: 'Consumer',
    kind: 'Refused',
    message: `${target.name} is not well before its secret is changed: ${sick}`,
    remedy: 'Mend it, or correct its probe in the registration file, then start again.',
  });
}

async function deliverTo(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
  purpose: 'set' | 'restore',
): Promise<void> {
  if (target.by === 'cluster') await refreshConsumer(deps, job, target, purpose);
  else await runPlaybook(deps, job, target, 'command');
}

/** In a checkout of the target branch, as a person would. Throws `Failed`. */
async function runPlaybook(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
  which: 'command' | 'check',
): Promise<void> {
  const { apply } = deps.installation.ansible;
  const command = apply?.[which];
  if (apply === undefined || command === undefined) return;
  await deps.git.fetch();
  const words = wordsFor(job.client, consumerAt(job, target), command);
  const cwd = await deps.git.checkout(await targetHead(deps), worktreeOf(job));
  try {
    const { ok, said } = await deps.consumers.run({ ...limits(apply.environment), words, cwd });
    if (ok) return;
    throw new RegistrarError({
      system: 'Consumer',
      kind: which === 'check' ? 'Refused' : 'Failed',
      message: `${target.name}: ${words.join(' ')} ended with ${said}`,
      remedy: `Mend what it says when you run it: ${words.join(' ')}`,
    });
  } finally {
    await deps.git.removeWorktree(worktreeOf(job));
  }
}

/** Below the activity's own limit, so that the command's end and not a bare time-out reaches people. */
const MARGIN = 0.9;

function limits(environment: readonly string[]): Omit<Command, 'words'> {
  const { info, cancellationSignal } = Context.current();
  return { environment, timeoutMs: Math.floor(info.startToCloseTimeoutMs * MARGIN), signal: cancellationSignal };
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
  const { ok, said } = await deps.consumers.run({ ...limits(configured.environment), words });
  return ok ? undefined : `probe ${probe.command} ended with ${said}`;
}
