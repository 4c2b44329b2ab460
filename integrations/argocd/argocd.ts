interface ApplicationResource {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `Synced`, `OutOfSync`, `Unknown`. */
  readonly status: string;
  readonly requiresPruning: boolean;
}

export interface SyncOperation {
  /** Value of our `info` entry, undefined where the operation is someone else's. */
  readonly id: string | undefined;
  readonly phase: 'Running' | 'Terminating' | 'Succeeded' | 'Failed' | 'Error';
  readonly message: string;
  readonly revision: string | undefined;
  readonly startedAt: string;
  /** Selective: the resources named; undefined for a full sync. */
  readonly resources: readonly { group: string; kind: string; name: string }[] | undefined;
  readonly results: readonly {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
    readonly status: string;
    readonly message: string;
  }[];
}

export interface ComparisonError {
  readonly message: string;
  /** The manifests of the revision do not render: nothing mends it but another revision. False wherever that is not sure. */
  readonly ofManifests: boolean;
}

export interface ApplicationState {
  readonly name: string;
  readonly repoURL: string | undefined;
  readonly targetRevision: string;
  readonly path: string | undefined;
  /** `spec.sources` instead of `spec.source`. */
  readonly multipleSources: boolean;
  readonly automated: boolean;
  readonly selfHeal: boolean;
  readonly destination: { readonly server?: string; readonly name?: string; readonly namespace?: string };
  /** An operation is waiting or running: `operation` is set, or the phase is Running or Terminating. */
  readonly busy: boolean;
  readonly lastOperation: SyncOperation | undefined;
  /** Sync status of the whole Application against its target revision. */
  readonly syncStatus: string;
  /** Commit that `syncStatus` and `resources` were compared with. */
  readonly comparedRevision: string | undefined;
  readonly resources: readonly ApplicationResource[];
  /** Why Git and live could not be compared at the last try; undefined where they could. */
  readonly comparisonError: ComparisonError | undefined;
  readonly refreshRequested: boolean;
}

export interface SyncRequest {
  readonly application: string;
  readonly revision: string;
  /** Only these; undefined for a full sync. */
  readonly resources?: readonly {
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }[];
  readonly prune: boolean;
  /** Tags the operation, so that a retry knows its own. */
  readonly id: string;
}

/** Argo CD by its Application objects; no API server of Argo CD is needed. Throws {@link RegistrarError} of system `Argo CD`. */
export interface ArgoCd {
  /** `NotFound` where it does not exist. */
  application(name: string): Promise<ApplicationState>;
  /**
   * Asks for a comparison with the target branch's newest commit; acknowledged when `refreshRequested` is false again. `hard`
   * renders anew what is cached, errors too.
   */
  refresh(name: string, kind?: 'hard'): Promise<void>;
  /**
   * Writes the operation, with the Application's own sync options and retries, guarded by a JSON patch that tests that none is
   * there (a second operation is lost silently).
   * `busy` where one runs or is asked for: come back.
   */
  sync(request: SyncRequest): Promise<'accepted' | 'busy'>;
  /** Why syncing is shut now (a sync window of the AppProject), or undefined. */
  shutWindow(name: string): Promise<string | undefined>;
}
