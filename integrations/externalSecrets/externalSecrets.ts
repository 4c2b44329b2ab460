import type { Secret } from '../../core/base/secret.ts';
export interface ExternalSecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** What the object itself tells. */
export interface ExternalSecretObject {
  readonly generation: number;
  /** `spec.data`, in order. */
  readonly data: readonly { readonly secretKey: string; readonly key: string; readonly property: string | undefined }[];
  readonly targetSecret: string;
  readonly ready: boolean;
  readonly readyMessage: string;
  /** Changes with every refresh that the controller did after spec or annotations changed; undefined before the first. */
  readonly syncedResourceVersion: string | undefined;
  /** The controller has seen the live generation: the part of syncedResourceVersion before "-". */
  readonly seen: boolean;
  /** Why a forced sync would be ignored (CreatedOnce, or refreshInterval 0 under Periodic or none), or undefined. */
  readonly ignoresForceSync: string | undefined;
  readonly refreshTime: string | undefined;
  /** spec as it is live, for comparison. */
  readonly spec: unknown;
}

export interface ExternalSecretState extends ExternalSecretObject {
  /** The newest Warning event (reason UpdateFailed) with its count and time: a second failure leaves the status as it was. */
  readonly lastFailure: { readonly message: string; readonly count: number; readonly at: string } | undefined;
  /** Readiness of the SecretStore or ClusterSecretStore it names. */
  readonly store: {
    readonly kind: string;
    readonly name: string;
    readonly ready: boolean;
    readonly message: string;
    /** Its `spec.provider`. */
    readonly provider: unknown;
  };
}

/** External Secrets Operator by its objects. Throws {@link RegistrarError} of system `External Secrets`. */
export interface ExternalSecrets {
  /** Undefined where there is none. */
  read(ref: ExternalSecretRef): Promise<ExternalSecretState | undefined>;
  /** The object alone, without a look at its store and its Events. */
  glance(ref: ExternalSecretRef): Promise<ExternalSecretObject | undefined>;
  /** Sets the annotation `force-sync` to `token`; the same token again does nothing. Costs the vault 8 requests an entry. */
  forceSync(ref: ExternalSecretRef, token: string): Promise<void>;
  /** One key of the target Secret, masked unless everybody may see it (`shown`); undefined where Secret or key is absent. */
  secretValue(
    namespace: string,
    secret: string,
    key: string,
    options?: { readonly shown?: boolean },
  ): Promise<Secret | undefined>;
  /**
   * When whoever writes this key last changed the Secret, by `metadata.managedFields` (resolution one second); without a key, when
   * anybody did. A change of another key or of an annotation counts too. Undefined where the API server does not tell.
   */
  secretWrittenAt(namespace: string, secret: string, key?: string): Promise<string | undefined>;
}
