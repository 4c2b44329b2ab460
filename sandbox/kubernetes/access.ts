import type { Faults } from '../faults/faults.ts';
import type { StandInAnswer, StandInRequest } from '../kit/http.ts';
import { ApiError } from './apiError.ts';
import type { Target } from './request.ts';
import { qualified } from './resourceKinds.ts';

/** What a role may leave out: `patch deployments.apps`. */
type Denies = (verb: string, resource: string) => boolean;

/** Every identity that is let in may do everything, but for what faults deny, as a role without that rule. */
export function deniedBy(faults: Faults, cluster: string): Denies {
  return (verb, resource) =>
    faults.behaviour(`kubernetes/${cluster}`, 'denies', false, (rule) => rule === `${verb} ${resource}`) !== undefined;
}

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Review {
  readonly resourceAttributes?: { readonly verb?: string; readonly group?: string; readonly resource?: string };
}

/** A SelfSubjectAccessReview; undefined for any other request. */
export function reviewed({ method, path, body }: StandInRequest, denies: Denies): StandInAnswer | undefined {
  if (path !== REVIEWS || method !== 'POST') return undefined;
  const { spec, ...rest } = JSON.parse(body) as { readonly spec?: Review };
  const { verb = '', group = '', resource = '' } = spec?.resourceAttributes ?? {};
  const allowed = !denies(verb, group === '' ? resource : `${resource}.${group}`);
  return { status: 201, body: { ...rest, metadata: { creationTimestamp: null }, spec, status: { allowed } } };
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** Throws the API server's 403 where the request is denied. */
export function assertAllowed({ method }: StandInRequest, { kind, name, namespace }: Target, denies: Denies): void {
  const verb = VERBS[method] ?? (name === undefined ? 'list' : 'get');
  if (!denies(verb, qualified(kind))) return;
  const one = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw new ApiError(
    403,
    'Forbidden',
    `${qualified(kind)}${one} is forbidden: User "oidc-registrar" cannot ${verb} resource "${kind.plural}" in API group "${kind.group}" ${where}`,
  );
}
