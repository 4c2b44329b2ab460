import { masked } from '../masking/masked.ts';

/**
 * Names of vaults: the words of each add its own (`core/vault/`).
 *
 * @public
 */
export interface VaultSystems {}

/** The systems an error can come from, in the words people use for them. */
export type SystemName =
  | 'registration file'
  | 'registrar.yaml'
  | keyof VaultSystems
  | 'Git'
  | 'Forge'
  | 'Kubernetes'
  | 'Argo CD'
  | 'Flux'
  | 'External Secrets'
  | 'Authentik'
  | 'Ansible'
  | 'Temporal'
  | 'Webhook'
  | 'Consumer'
  | 'oidc-registrar';

/**
 * What a caller can do about an error. Becomes the `type` of the Temporal failure.
 *
 * - `BadInput`: what a person wrote is wrong; nothing helps but another text.
 * - `Refused`: the world is not in a state that the job may touch; a person mends it and starts again.
 * - `Collision`: something of that name belongs to someone else.
 * - `Unauthorized`: a token is missing, wrong, or may not do this.
 * - `NotFound`: something that must exist does not.
 * - `Failed`: a system did the work and says it failed; waiting does not mend it.
 * - `HalfRotated`: a rotation of the client ended half-way; a registration takes it back before it begins.
 * - `OtherConfiguration`: the worker is set up for other places than the run began with; another worker may be right.
 * - `Conflict`: somebody wrote at the same time; read again and repeat.
 * - `RateLimited`: come back later, at `retryAfterMs` when the system said so.
 * - `Unavailable`: no answer, or an answer that a repetition may mend.
 * - `NotYet`: an expected state has not come yet; the retry is the poll.
 */
export type ErrorKind =
  | 'BadInput'
  | 'Refused'
  | 'Collision'
  | 'Unauthorized'
  | 'NotFound'
  | 'Failed'
  | 'HalfRotated'
  | 'OtherConfiguration'
  | 'Conflict'
  | 'RateLimited'
  | 'Unavailable'
  | 'NotYet';

const RETRYABLE: ReadonlySet<ErrorKind> = new Set(['Conflict', 'RateLimited', 'Unavailable', 'NotYet']);

export interface RegistrarErrorFields {
  readonly system: SystemName;
  readonly kind: ErrorKind;
  /** What was wanted and what the system answered, as one sentence without secrets. */
  readonly message: string;
  /** What a person can do about it, as one imperative sentence. */
  readonly remedy: string;
  /** HTTP status or exit code, where there was one. */
  readonly status?: number;
  /** When the system said how long to wait. */
  readonly retryAfterMs?: number;
  /** Permissions that are proven to be missing: a refusal that no wait mends. */
  readonly lacking?: readonly string[];
  /** The lines below `policy:` of `registrar.yaml` that would allow it. */
  readonly allow?: string;
}

/**
 * The one error of the project: it names the system, what it answered and the remedy, with every known secret masked.
 *
 * It never carries a `cause`: client libraries keep the request, and with it a token, in their errors
 * (`@1password/connect` does), and Temporal would write that into the history.
 */
export class RegistrarError extends Error {
  readonly system: SystemName;
  readonly kind: ErrorKind;
  readonly remedy: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly lacking: readonly string[] | undefined;
  readonly allow: string | undefined;

  constructor(fields: RegistrarErrorFields) {
    super(masked(fields.message));
    this.name = 'RegistrarError';
    this.system = fields.system;
    this.kind = fields.kind;
    this.remedy = masked(fields.remedy);
    this.status = fields.status;
    this.retryAfterMs = fields.retryAfterMs;
    this.lacking = fields.lacking;
    this.allow = fields.allow;
  }

  /** Whether the same request may succeed later without a person doing anything. */
  get retryable(): boolean {
    return RETRYABLE.has(this.kind);
  }

  /** Whether it may be over later: a refusal, too, unless a permission is proven to be missing. An undo gives up at no other error. */
  get mayPass(): boolean {
    return this.retryable || (this.kind === 'Unauthorized' && this.lacking === undefined);
  }
}

/** The kinds that Temporal must not retry. Used in every retry policy. */
export const NON_RETRYABLE_KINDS: readonly ErrorKind[] = [
  'BadInput',
  'Refused',
  'Collision',
  'Unauthorized',
  'NotFound',
  'Failed',
  'HalfRotated',
  'OtherConfiguration',
];

/** The answer; undefined where it fails by an error of this kind, or of any: whoever asks so has another who tells of it. */
export async function unlessRefused<T>(ask: () => Promise<T>, kind?: ErrorKind): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === (kind ?? error.kind)) return undefined;
    throw error;
  }
}

/** An error that refuses what is asked, to be thrown or to be returned beside others. */
export function refused(
  system: SystemName,
  message: string,
  remedy: string,
  kind: ErrorKind = 'Refused',
): RegistrarError {
  return new RegistrarError({ system, kind, message, remedy });
}
