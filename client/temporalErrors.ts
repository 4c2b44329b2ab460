import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { RegistrarError, type RegistrarErrorFields } from '../core/base/errors.ts';

/** gRPC status codes that tell a person what to mend (grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const UNAUTHORIZED = new Set([7, 16]);
const UNAVAILABLE = new Set([4, 14]);
const NOT_FOUND = new Set([5]);
/** How the server says so to a question that the SDK has no error of its own for. */
const NO_NAMESPACE = /^Namespace (\S+) is not found/;

/** Asks Temporal; what it refuses comes as an error that names the remedy. */
export async function askTemporal<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw inWords(error);
  }
}

/** What Temporal has refused, as an error that names the remedy; anything else as it is. */
export function inWords(error: unknown): unknown {
  if (error instanceof NamespaceNotFoundError) return noNamespace(error.namespace);
  const status = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(status)) return error;
  const [, namespace] = NO_NAMESPACE.exec(status.details) ?? [];
  if (NOT_FOUND.has(status.code) && namespace !== undefined) return noNamespace(namespace);
  if (UNAUTHORIZED.has(status.code))
    return temporal('Unauthorized', `refused: ${status.details}`, 'See TEMPORAL_API_KEY and TEMPORAL_TLS_*.');
  if (UNAVAILABLE.has(status.code))
    return temporal(
      'Unavailable',
      `does not answer: ${status.details}`,
      'See that the server at TEMPORAL_ADDRESS is well, then try again.',
    );
  return temporal('Refused', `answered: ${status.details}`, 'See the server at TEMPORAL_ADDRESS.');
}

function noNamespace(namespace: string): RegistrarError {
  return temporal('NotFound', `there is no namespace "${namespace}"`, 'Set TEMPORAL_NAMESPACE.');
}

/** An error of Temporal's, for people. */
export function temporal(kind: RegistrarErrorFields['kind'], message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Temporal', kind, message, remedy });
}
