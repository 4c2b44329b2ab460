import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/errors.ts';
import { pendingLabel, previousLabel } from '../../core/resolve.ts';
import type { ApplyAsked, StepReport } from '../../core/run.ts';
import type { RotationJob } from '../../core/rotation.ts';
import type { Deps } from '../deps.ts';
import { holdTurn } from '../acquireTurn.ts';
import { deploymentRef } from '../live.ts';
import { waitForValue } from '../patchExternalSecret.ts';
import { askApply, waitForRollout } from '../syncBlueprint.ts';
import { madeField, markNote } from '../vaultMark.ts';
import { temporalNow } from '../temporalTime.ts';
import { fieldOf } from '../vaultSecret.ts';
import { beating, note, noted, throwIfCancelled } from '../wait.ts';

export interface SetReport extends StepReport {
  readonly asked: ApplyAsked;
  /** By Temporal's clock: until here Authentik took the old secret. */
  readonly askedAt: number;
}

/**
 * Puts the new value into service: one write of the vault, the Secret proven equal, workers whose environment has it, and the
 * apply asked for. Nothing of Git changes, for the field keeps its label.
 */
export async function setSecret(deps: Deps, job: RotationJob): Promise<SetReport> {
  return beating(async () => {
    await holdTurn(deps, job);
    await swapLabels(deps, job);
    await deliver(deps, job, 'set');
    throwIfCancelled();
    const before = noted()['askedAt'];
    const askedAt = typeof before === 'number' ? before : temporalNow();
    note({ askedAt });
    const asked = await askApply(deps, job);
    const { vaultField } = job.names;
    return {
      asked,
      askedAt,
      changed: [`vault field ${vaultField}`],
      note: `${vaultField} is new, its apply asked for`,
    };
  });
}

/** One write: External Secrets would stop refreshing every key of its Secret while the field has no bearer. */
async function swapLabels(deps: Deps, job: RotationJob): Promise<void> {
  const { vaultField } = job.names;
  const item = await deps.vault.read();
  const inService = fieldOf(item, vaultField);
  const pending = fieldOf(item, pendingLabel(vaultField, job.changeId));
  const previous = fieldOf(item, previousLabel(vaultField));
  if (pending === undefined && previous !== undefined && inService !== undefined) return;
  if (pending === undefined || inService === undefined) {
    throw new RegistrarError({
      system: '1Password',
      kind: 'NotFound',
      message: `item "${item.title}" has no field "${inService === undefined ? vaultField : pendingLabel(vaultField, job.changeId)}" any more`,
      remedy: 'See in the item history who removed it, then start again.',
    });
  }
  throwIfCancelled();
  await deps.vault.change({
    relabel: [
      { fieldId: inService.id, to: previousLabel(vaultField) },
      { fieldId: pending.id, to: vaultField },
    ],
    // A field that a person had made is still theirs with another value in it.
    notes: madeField(item, job.client, vaultField) === undefined ? [] : [markNote(job, pending.id)],
  });
}

/** Brings the value that is in service to the Secret, and into the environment of every worker, which is frozen at a pod's start. */
export async function deliver(deps: Deps, job: RotationJob, purpose: 'set' | 'restore'): Promise<void> {
  await waitForValue(deps, job, { forceNow: true });
  // The kubelet brings files to the pods that are there; which of them have it, only an apply tells.
  if (job.names.secretFile !== undefined) return;
  const run = Context.current().info.workflowExecution?.runId.slice(0, 8) ?? '';
  throwIfCancelled();
  await deps.deployments.restart(deploymentRef(deps), `${restartToken(job, purpose)}-${run}`);
  await waitForRollout(deps, job);
}

/** What the pod template's annotation says of a roll-out that this change asked for. */
export function restartToken(job: Pick<RotationJob, 'changeId'>, purpose: 'set' | 'restore'): string {
  return `${job.changeId}-${purpose}`;
}
