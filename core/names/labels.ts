/** Label of a vault field that a run has made but not yet put into service. */
export function pendingLabel(vaultField: string, changeId: string): string {
  return `${vaultField} (pending ${changeId})`;
}

/** Label of the value that a rotation has taken out of service, until the consumers are proven to have the new one. */
export function previousLabel(vaultField: string): string {
  return `${vaultField}-previous`;
}

/** Label of the vault field that holds, while there is a previous value, since when another is in service, as ISO 8601: no secret. */
export function sinceLabel(vaultField: string): string {
  return `${previousLabel(vaultField)}-since`;
}

/** Label of the vault field that holds when the secret was rotated last, as ISO 8601: no secret. */
export function rotatedLabel(vaultField: string): string {
  return `${vaultField}-rotated`;
}

/** Labels of what the vault field's rotations note beside it. */
export function dateLabels(vaultField: string): readonly string[] {
  return [rotatedLabel(vaultField), sinceLabel(vaultField)];
}

/** The run's branch. That of an installation with a name says it, so that no other takes the run for one of its own. */
export function branchName(client: string, changeId: string, installation = ''): string {
  return `${RUNS}${installation === '' ? '' : `${installation}/`}${client}-${changeId}`;
}

/** What the branches of all runs begin with. */
export const RUNS = 'oidc-registrar/';

/** The branch that people merge where the change lands by pull request; the run's own branch stays the run's record. */
export function proposalBranch(ofRun: string): string {
  return ofRun.replace(RUNS, 'oidc-registrar-change/');
}

/** The branch that people merge to take a landed change back. */
export function revertBranch(ofRun: string): string {
  return ofRun.replace(RUNS, 'oidc-registrar-undo/');
}
