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
  /** Of each source, in the order of today's; undefined where the operation was of other sources than those of today. */
  readonly revisions: readonly (string | undefined)[] | undefined;
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

/** Where an Application takes a part of its manifests from. */
export interface ApplicationSource {
  readonly repoURL: string;
  /** `HEAD` where it names none. */
  readonly targetRevision: string;
  /** Folder of a Git repository. */
  readonly path: string | undefined;
  /** Of a Helm repository. */
  readonly chart: string | undefined;
  /** By this name the value files of other sources refer to it. With neither path nor chart it makes no manifests of its own. */
  readonly ref: string | undefined;
  readonly helm: HelmOptions | undefined;
  /** Commit, or version of a chart, that the sync status was compared with. */
  readonly comparedRevision: string | undefined;
}

/** What of `helm` decides on the values: a later file overrides those before, `values` all files, parameters all values. */
export interface HelmOptions {
  readonly valueFiles?: readonly string[];
  /** Text of YAML; `valuesObject` counts where both are there. */
  readonly values?: string;
  readonly valuesObject?: unknown;
  readonly parameters?: readonly { readonly name?: string }[];
}

export interface ApplicationState {
  readonly name: string;
  /** ApplicationSet that makes the Application, and writes its spec anew. */
  readonly madeBy: string | undefined;
  /** `spec.sources`, beside which `spec.source` counts for nothing; else that one; none with `spec.sourceHydrator`. */
  readonly sources: readonly ApplicationSource[];
  /** `spec.sources`, be it a single one: revisions are given by position. */
  readonly byPosition: boolean;
  /** `spec.sourceHydrator`: what is deployed is a branch that Argo CD writes. */
  readonly hydrated: boolean;
  readonly automated: boolean;
  readonly selfHeal: boolean;
  readonly destination: { readonly server?: string; readonly name?: string; readonly namespace?: string };
  /** An operation is waiting or running: `operation` is set, or the phase is Running or Terminating. */
  readonly busy: boolean;
  readonly lastOperation: SyncOperation | undefined;
  /** Sync status of the whole Application against its target revision. */
  readonly syncStatus: string;
  readonly resources: readonly ApplicationResource[];
  /** Why Git and live could not be compared at the last try; undefined where they could. */
  readonly comparisonError: ComparisonError | undefined;
  readonly refreshRequested: boolean;
}

export interface SyncRequest {
  readonly application: string;
  readonly revision: string;
  /** Which of several sources the revision is of; the others are at what the Application says. All, where it is not said. */
  readonly isOf?: (source: ApplicationSource) => boolean;
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
