import { dateLabels } from '../../core/names/labels.ts';
import { isRetiredLabel } from '../../core/run/removal.ts';
import type { Job } from '../../core/run/job.ts';
import type { VaultField, VaultContents } from '../../integrations/vault/vault.ts';
import { madeField, markOf } from '../state/vaultMark.ts';
import { fieldOf } from '../state/vaultSecret.ts';

/** The vault fields that go by the client's names, told apart by the job's own marks. */
export interface OwnFields {
  /** In service and made by a run of the client; undefined where the one that is there stays. */
  readonly inService: VaultField | undefined;
  /** What earlier deregistrations have taken out of service. */
  readonly retired: readonly VaultField[];
  /** Field of the client id, made by a run of the client; undefined where none is there, or the one that is there stays. */
  readonly clientId: VaultField | undefined;
  /** Of any kind, without a mark: nothing proves that the job made them. */
  readonly unproven: readonly VaultField[];
}

export function ownFields(contents: VaultContents, { client, names, removal }: Job): OwnFields {
  const { vaultField } = names;
  const named = fieldOf(contents, vaultField);
  const inService = removal?.older.vaultField === true ? undefined : madeField(contents, client, vaultField);
  const retired = contents.fields.filter(({ label }) => isRetiredLabel(label, vaultField));
  const own = retired.filter((field) => markOf(field, { client, vaultField }) !== undefined);
  const id = names.keptId && fieldOf(contents, names.keptId.vaultField);
  const clientId = id === undefined || markOf(id, { client, vaultField: id.label }) === undefined ? undefined : id;
  const unproven = [
    ...(id === undefined || clientId !== undefined ? [] : [id]),
    ...(named === undefined || inService !== undefined ? [] : [named]),
    ...retired.filter((field) => !own.includes(field)),
  ];
  return { inService, retired: own, clientId, unproven };
}

/** What rotations have noted of the field; none is the job's to take where the field itself stays. */
export function datesOf(contents: VaultContents, vaultField: string): readonly VaultField[] {
  return dateLabels(vaultField).flatMap((label) => fieldOf(contents, label) ?? []);
}

/** What a deregistration deletes for good. */
export function purgedFields(contents: VaultContents, job: Job): readonly VaultField[] {
  if (job.removal?.purge !== true) return [];
  const { inService, retired } = ownFields(contents, job);
  return [...(inService === undefined ? [] : [inService]), ...retired];
}
