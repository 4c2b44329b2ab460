import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { RegistrarError } from '../core/base/errors.ts';

/**
 * What a library or the machine throws and a repetition may mend, as one of ours; undefined where it is something else. The disk is
 * full, read-only, beyond its quota or failing, the machine is out of memory or handles, or Temporal does not answer: somebody mends
 * that, and the step goes on.
 */
export function passingError(error: unknown): RegistrarError | undefined {
  const status = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(status)) return ofTemporal(status.code, status.details);
  const code = String((error as { readonly code?: unknown } | null | undefined)?.code ?? '');
  if (DISK.has(code)) return ofMachine(`the worker cannot write to its disk (${code})`, ROOM);
  if (LIMITS.has(code)) return ofMachine(`the worker's machine has come to a limit (${code})`, MORE);
  return undefined;
}

const DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EROFS', 'EDQUOT', 'EIO']);
const ROOM = "Make room where REGISTRAR_CACHE_DIR and the worker's temporary folder are.";
const LIMITS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);
const MORE = 'Give the worker more memory, processes or open files.';

function ofMachine(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'oidc-registrar', kind: 'Unavailable', message, remedy });
}

/** gRPC status codes PERMISSION_DENIED and UNAUTHENTICATED. */
const UNAUTHORIZED: ReadonlySet<number> = new Set([7, 16]);
/** CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL and UNAVAILABLE: the request itself was none too bad. */
const UNAVAILABLE: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);

function ofTemporal(code: number, details: string): RegistrarError | undefined {
  if (UNAUTHORIZED.has(code))
    return new RegistrarError({
      system: 'Temporal',
      kind: 'Unauthorized',
      message: `the server refuses the worker: ${details}`,
      remedy: 'See docs/reference/permissions.md, Temporal.',
    });
  if (!UNAVAILABLE.has(code)) return undefined;
  return new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `the server does not answer: ${details}`,
    remedy: 'See that the Temporal server and its visibility store are well.',
  });
}
