import { enumerated } from '../base/words.ts';

/** A value of a client that the vault keeps, and the names by which it reaches Authentik's worker. */
export interface Kept {
  /** Label of the vault's field. */
  readonly vaultField: string;
  /** Key of the Kubernetes Secret, which the ExternalSecret uses as secretKey; the vault field's label where nothing names another. */
  readonly secretKey: string;
  /** Env variable of the Authentik worker, as `AUTHENTIK_ZOT_CLIENT_SECRET`. */
  readonly envVar: string;
  /** File in the worker's container that holds it; undefined where the variable does (`authentik.delivery`). */
  readonly secretFile?: string;
}

/** One of {@link deliveredOf}. */
export interface Delivered extends Kept {
  readonly what: 'secret' | 'client id';
}

/** The names that tell what is delivered. */
export interface DeliveredNames extends Kept {
  /** Of the client id, where the job keeps that in the vault, too. */
  readonly keptId?: Kept;
  /** The client has no secret: nothing of it is kept or delivered, and the names above stand for nothing. */
  readonly public?: true;
}

/**
 * What of a client the job keeps in the vault and brings to Authentik's worker: its secret, and then its id where that is kept. Of a
 * public client nothing.
 */
export function deliveredOf(names: DeliveredNames): readonly Delivered[] {
  const { vaultField, secretKey, envVar, secretFile, keptId } = names;
  if (isPublic(names)) return [];
  const file = secretFile === undefined ? {} : { secretFile };
  const secret: Delivered = { what: 'secret', vaultField, secretKey, envVar, ...file };
  return keptId === undefined ? [secret] : [secret, { what: 'client id', ...keptId }];
}

/** Keys of the Secret, as a sentence lists them. */
export function secretKeysOf(names: DeliveredNames): string {
  return enumerated(deliveredOf(names).map(({ secretKey }) => secretKey));
}

/** Labels of the vault's fields, as a sentence lists them. */
export function fieldsOf(names: DeliveredNames): string {
  return enumerated(deliveredOf(names).map(({ vaultField }) => vaultField));
}

/** Variables or files of the worker, as a sentence lists them. */
export function sourcesOf(names: DeliveredNames): string {
  return enumerated(deliveredOf(names).map(({ envVar, secretFile = envVar }) => secretFile));
}

/** Files of the worker that hold what is delivered. */
export function filesOf(names: DeliveredNames): readonly string[] {
  return deliveredOf(names).flatMap(({ secretFile }) => secretFile ?? []);
}

/** Whether the client proves itself by no secret (RFC 6749, section 2.1). */
export function isPublic(names: Pick<DeliveredNames, 'public'>): boolean {
  return names.public === true;
}
