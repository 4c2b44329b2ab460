import type { Job } from '../../core/run/job.ts';
import type { VaultMark } from '../../core/vault/vaultMark.ts';
import type { VaultContents, VaultField } from '../../integrations/vault/vault.ts';
import { fieldOf } from './vaultSecret.ts';

/** The mark of a field that this change puts into service: that of the secret, or one of this label. */
export function markBy({ client, names, changeId }: Job, vaultField = names.vaultField): VaultMark {
  return { client, vaultField, changeId };
}

/** The mark of a field, where it is one of this client and vault field. */
export function markOf({ mark }: VaultField, of: Omit<VaultMark, 'changeId'>): VaultMark | undefined {
  return mark?.client === of.client && mark.vaultField === of.vaultField ? mark : undefined;
}

/** The field that is in service, where its mark says that a run of this client made it. */
export function madeField(contents: VaultContents, client: string, vaultField: string): VaultField | undefined {
  const field = fieldOf(contents, vaultField);
  return field !== undefined && markOf(field, { client, vaultField }) !== undefined ? field : undefined;
}
