import type { StandInAnswer } from '../kit/http.ts';
import { ApiError } from './apiError.ts';
import { RESOURCE_KINDS, type ResourceKind } from './resourceKinds.ts';

/** What a request's path names. */
export interface Target {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly sub: string | undefined;
}

/** What nobody serves gets no Status, but the words of Go's server. */
class NotServed extends ApiError {
  constructor() {
    super(404, 'NotFound', '404 page not found\n');
  }
}

export function targetOf(path: string): Target {
  const match =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    );
  const [, group = '', version, namespace, plural, name, sub] = match ?? [];
  const kind = RESOURCE_KINDS.find(
    (candidate) => candidate.group === group && candidate.version === version && candidate.plural === plural,
  );
  if (kind === undefined || (sub !== undefined && (sub !== 'status' || !kind.status))) throw new NotServed();
  return { kind, namespace, name: name === undefined ? undefined : decodeURIComponent(name), sub };
}

export function statusBody(error: ApiError): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
  };
}

export function failure(error: ApiError): StandInAnswer {
  return { status: error.code, body: error instanceof NotServed ? error.message : statusBody(error) };
}
