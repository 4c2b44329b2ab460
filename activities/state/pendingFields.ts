import type { VaultField, VaultContents } from '../../integrations/vault/vault.ts';

export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Pending fields of one vault field. Only one run of a client is open: all but its own are of runs that are closed. */
export function pendingFields(contents: VaultContents, vaultField: string): readonly VaultField[] {
  return contents.fields.filter(({ label }) => changeIn(label)?.vaultField === vaultField);
}

/** Change ids of pending fields of one vault field. */
export function pendingChanges(contents: VaultContents, vaultField: string): readonly string[] {
  return contents.fields.flatMap(({ label }) => {
    const found = changeIn(label);
    return found?.vaultField === vaultField ? [found.changeId] : [];
  });
}

const PENDING = new RegExp(`^(.+) \\(pending (${UUID})\\)$`);

/** Of which vault field, and of which change, a label says that it is pending. */
export function changeIn(label: string): { readonly vaultField: string; readonly changeId: string } | undefined {
  const [, vaultField, changeId] = PENDING.exec(label) ?? [];
  return vaultField === undefined || changeId === undefined ? undefined : { vaultField, changeId };
}
