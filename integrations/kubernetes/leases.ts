/** Who holds the turn at an Application. */
export interface LeaseHolder {
  readonly workflowId: string;
  readonly runId: string;
  readonly client: string;
  readonly changeId: string;
  readonly branch: string;
}

export interface TurnLease {
  readonly holder: LeaseHolder | undefined;
  /** Runs that died holding it and left something behind: the next run of that client continues them. */
  readonly abandoned: readonly LeaseHolder[];
  readonly resourceVersion: string;
}

/**
 * The turn at one Application: a `coordination.k8s.io/v1` Lease in Argo CD's namespace, name `oidc-registrar-<application>`.
 * No expiry by time. Every write is guarded by resourceVersion (`Conflict` where someone was faster).
 */
export interface Leases {
  read(application: string): Promise<TurnLease | undefined>;
  /** Creates it for `holder`, or where `current` is given writes `holder` (and `abandoned`) over that version. */
  take(
    application: string,
    holder: LeaseHolder,
    current?: TurnLease,
    abandoned?: readonly LeaseHolder[],
  ): Promise<void>;
  /** Releases if `holder` (by workflowId and changeId) holds it: deletes it, or, where abandoned runs are noted, empties it. Not held = success. */
  release(application: string, holder: Pick<LeaseHolder, 'workflowId' | 'changeId'>): Promise<void>;
}
