/** Label of a vault field that a run has made but not yet put into service. */
export function pendingLabel(vaultField: string, changeId: string): string {
  return `${vaultField} (pending ${changeId})`;
}

/** Label of the value that a rotation has taken out of service, until the consumers are proven to have the new one. */
export function previousLabel(vaultField: string): string {
  return `${vaultField}-previous`;
}

/** Label of the vault field that holds when the secret was rotated last, as ISO 8601: no secret. */
export function rotatedLabel(vaultField: string): string {
  return `${vaultField}-rotated`;
}

/** The branch that people merge where the change lands by pull request; the run's own branch stays the run's record. */
export function proposalBranch(client: string, changeId: string): string {
  return `oidc-registrar-change/${client}-${changeId}`;
}

/** The branch that people merge to take a landed change back. */
export function revertBranch(client: string, changeId: string): string {
  return `oidc-registrar-undo/${client}-${changeId}`;
}

/** The run's branch. */
export function branchName(client: string, changeId: string): string {
  return `oidc-registrar/${client}-${changeId}`;
}
