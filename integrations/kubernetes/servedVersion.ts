import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster } from './cluster.ts';

const NEWER = 'external-secrets.io/v1';
const OLDER = 'external-secrets.io/v1beta1';

/**
 * A cluster whose objects of External Secrets are asked for in the version that it serves: releases before 0.16 know v1beta1 alone,
 * later ones v1, and both say the same. An API server that does not serve a version answers 404 without a Status, as a proxy may too:
 * so the older one counts only where it is answered, and else the first answer does.
 */
export function inServedVersion(cluster: Cluster): Cluster {
  let older = false;
  const served = async <Ref extends { readonly apiVersion: string }, T>(
    ref: Ref,
    ask: (ref: Ref) => Promise<T>,
  ): Promise<T> => {
    if (ref.apiVersion !== NEWER) return ask(ref);
    const inOlder = (): Promise<T> => ask({ ...ref, apiVersion: OLDER });
    if (older) return inOlder();
    try {
      return await ask(ref);
    } catch (error) {
      if (!isNotServed(error)) throw error;
      const answer = await inOlder().catch((again: unknown) => {
        throw isNotServed(again) ? error : again;
      });
      older = true;
      return answer;
    }
  };
  return new Proxy(cluster, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (name !== 'get' && name !== 'list' && name !== 'mergePatch') return method.bind(target) as unknown;
      return (ref: { readonly apiVersion: string }, ...rest: unknown[]): unknown =>
        served(ref, async (as) => Reflect.apply(method, target, [as, ...rest]) as unknown);
    },
  });
}

/** Nobody serves the kind in this version, or something in front of the API server says so. */
function isNotServed(error: unknown): boolean {
  return error instanceof RegistrarError && error.kind === 'Unavailable' && error.status === 404;
}
