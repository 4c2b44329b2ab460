import type { FaultEffect } from '../../sandbox/faults/faults.ts';

/** Refusals as the real systems word them. */
type Refusal = 401 | 403 | 404 | 409 | 429 | 500;

const DRF: Readonly<Record<Refusal, unknown>> = {
  401: { detail: 'Authentication credentials were not provided.' },
  403: { detail: 'You do not have permission to perform this action.' },
  404: '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><center><h1>404 Not Found</h1></center></body></html>',
  409: { detail: 'The object was changed by another request.' },
  429: { detail: 'Request was throttled. Expected available in 1 second.' },
  500: '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Server Error (500)</title>\n</head>\n<body>\n  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n',
};

const STATUS: Readonly<Record<Exclude<Refusal, 404>, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden: User "system:serviceaccount:oidc-registrar:worker" cannot do this'],
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'Internal error occurred: etcdserver: request timed out'],
};

const CONNECT: Readonly<Record<Exclude<Refusal, 404>, string>> = {
  401: 'Invalid bearer token',
  403: 'Authorization: token does not have access to requested vault',
  409: 'item was changed by another request',
  429: 'Too many requests',
  500: 'Internal server error',
};

/** That system's own words; a 404 is one of something before it, for nothing could tell its own from the truth. */
export function refusal(system: string, status: Refusal, retryAfter?: number): FaultEffect {
  const headers = {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(typeof bodyOf(system, status) === 'string' ? { 'content-type': 'text/html' } : {}),
  };
  return { kind: 'error', status, body: bodyOf(system, status), headers };
}

function bodyOf(system: string, status: Refusal): unknown {
  if (status === 404) return system === 'authentik' ? DRF[404] : '404 page not found\n';
  if (system.startsWith('kubernetes/')) {
    const [reason, message] = STATUS[status];
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code: status };
  }
  return system === 'connect' ? { status, message: CONNECT[status] } : DRF[status];
}

/** nginx, while nothing behind it answers. */
export const BAD_GATEWAY: FaultEffect = {
  kind: 'error',
  status: 502,
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
  headers: { 'content-type': 'text/html' },
};

/** A log-in page of a proxy. */
export const LOGIN_PAGE: FaultEffect = {
  kind: 'error',
  status: 200,
  body: '<!doctype html>\n<html><head><title>Sign in</title></head><body><form action="/login"></form></body></html>\n',
  headers: { 'content-type': 'text/html' },
};

/** Another service at that address. */
export const ANOTHER_BODY: FaultEffect = { kind: 'error', status: 200, body: { status: 'ok', version: '1.4.0' } };
