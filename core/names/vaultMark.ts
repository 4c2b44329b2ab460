/**
 * The note in the vault item by which a field is known to be the job's own: written in the same write that puts the field into
 * service. It goes by the field's id, for a field that a person makes under the same label has another one.
 */
export interface VaultMark {
  readonly client: string;
  /** Label that the field had when it was put into service. */
  readonly vaultField: string;
  readonly changeId: string;
}

/** Name of the section that holds the notes, apart from the secrets. */
export const MARK_SECTION = 'Made by oidc-registrar';

/** Label of the note of a field. */
export function markLabel(fieldId: string): string {
  return `oidc-registrar made ${fieldId}`;
}

export function markText({ client, vaultField, changeId }: VaultMark): string {
  return `client ${client}, field ${vaultField}, change ${changeId}`;
}

/** Reads {@link markText}; undefined for any other text. */
export function readMark(text: string): VaultMark | undefined {
  const [, client, vaultField, changeId] = /^client (\S+), field (\S+), change (\S+)$/.exec(text) ?? [];
  if (client === undefined || vaultField === undefined || changeId === undefined) return undefined;
  return { client, vaultField, changeId };
}
