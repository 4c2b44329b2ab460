/** A pull request as its forge has it. */
export interface PullRequest {
  readonly number: number;
  /** Where a person reads it. */
  readonly address: string;
  readonly state: 'open' | 'closed' | 'merged';
}

/**
 * The forge that hosts the GitOps repository, for as much as a token allows. Nothing depends on it: whether a change has
 * been merged is read from the target branch, so a run without a forge waits for the same merge.
 *
 * Each method may throw `RegistrarError` of system Forge: `Unavailable`, `RateLimited`, `Unauthorized`, `NotFound`, `Refused`.
 */
export interface Forge {
  /** The newest pull request from `branch` to the target branch, whatever its state; undefined where there is none. */
  find(branch: string): Promise<PullRequest | undefined>;
  /** Opens one from `branch` to the target branch; one that is open already is returned as it is. */
  open(request: { readonly branch: string; readonly title: string; readonly body: string }): Promise<PullRequest>;
  /** Closes it without a merge, with a comment that says why. One that is closed or merged already is left alone. */
  close(number: number, comment: string): Promise<void>;
}
