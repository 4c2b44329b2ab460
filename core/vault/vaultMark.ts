/** What a vault remembers of a field that a run has put into service: by it the field is known to be the job's own. */
export interface VaultMark {
  readonly client: string;
  /** Label that the field had when it was put into service. */
  readonly vaultField: string;
  readonly changeId: string;
}
