import { RegistrarError } from '../../core/base/errors.ts';
import { pendingLabel, previousLabel, sinceLabel } from '../../core/names/labels.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { note, noted, throwIfCancelled } from '../kit/wait.ts';
import { madeField, markBy } from '../state/vaultMark.ts';
import { dateIn } from '../state/secretFacts.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { askApply } from '../waits/blueprint.ts';
import { deliver } from '../waits/restart.ts';
import { holdTurn } from '../waits/turn.ts';

export interface SetReport extends StepReport {
  readonly asked: ApplyAsked;
  /** By Temporal's clock: until here Authentik took the old secret. */
  readonly askedAt: number;
  /** ISO 8601, of the write of the vault, and noted in it; undefined where a worker of before has made that write. */
  readonly since?: string;
}

/**
 * Puts the new value into service: one write of the vault, the Secret proven equal, workers whose environment has it, and the
 * apply asked for. Nothing of Git changes, for the field keeps its label.
 */
export async function setSecret(deps: Deps, job: RotationJob): Promise<SetReport> {
  await holdTurn(deps, { ...job, deploys: false });
  const since = await swapLabels(deps, job);
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
    ...(since === undefined ? {} : { since }),
    changed: [`vault field ${vaultField}`],
    note: `${vaultField} is new, its apply asked for`,
  };
}

/** One write: External Secrets would stop refreshing every key of its Secret while the field has no bearer. Answers when that was. */
async function swapLabels(deps: Deps, job: RotationJob): Promise<string | undefined> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  const inService = fieldOf(contents, vaultField);
  const pending = fieldOf(contents, pendingLabel(vaultField, job.changeId));
  const previous = fieldOf(contents, previousLabel(vaultField));
  if (pending === undefined && previous !== undefined && inService !== undefined)
    return dateIn(contents, sinceLabel(vaultField));
  if (pending === undefined || inService === undefined) {
    throw new RegistrarError({
      system: contents.system,
      kind: 'NotFound',
      message: `${contents.place} has no field "${inService === undefined ? vaultField : pendingLabel(vaultField, job.changeId)}" any more`,
      remedy: "See in the vault's history who removed it, then start again.",
    });
  }
  throwIfCancelled();
  const since = new Date(temporalNow()).toISOString();
  await vaultFor(deps, job.names).change({
    relabel: [
      { fieldId: inService.id, to: previousLabel(vaultField) },
      { fieldId: pending.id, to: vaultField },
    ],
    // A field that a person had made is still theirs with another value in it.
    mark: madeField(contents, job.client, vaultField) === undefined ? [] : [{ fieldId: pending.id, mark: markBy(job) }],
    notes: [{ label: sinceLabel(vaultField), text: since }],
  });
  return since;
}
