import { own } from '../../core/base/own.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster } from './cluster.ts';

/**
 * The version of before, which says the same in all that is read. External Secrets: releases before 0.16 know v1beta1 alone; Flux: before
 * 2.3 a HelmRelease is v2beta2.
 */
const OLDER: Readonly<Record<string, string>> = {
  'external-secrets.io/v1': 'external-secrets.io/v1beta1',
  'helm.toolkit.fluxcd.io/v2': 'helm.toolkit.fluxcd.io/v2beta2',
};

/**
 * A cluster whose objects of External Secrets and Flux are asked for in the version that it serves. An API server that does not serve a
 * version answers 404 without a Status, as a proxy may too: so the older one counts only where it is answered, and else the first answer
 * does.
 */
export function inServedVersion(cluster: Cluster): Cluster {
  const older = new Set<string>();
  const served = async <Ref extends { readonly apiVersion: string }, T>(
    ref: Ref,
    ask: (ref: Ref) => Promise<T>,
  ): Promise<T> => {
    const former = own(OLDER, ref.apiVersion);
    if (former === undefined) return ask(ref);
    const inOlder = (): Promise<T> => ask({ ...ref, apiVersion: former });
    try {
      // One that was updated meanwhile serves the newer one, and perhaps no longer this.
      if (older.has(former)) return await inOlder();
    } catch (error) {
      if (!isNotServed(error)) throw error;
      older.delete(former);
    }
    try {
      return await ask(ref);
    } catch (error) {
      if (!isNotServed(error)) throw error;
      const answer = await inOlder().catch((again: unknown) => {
        throw isNotServed(again) ? error : again;
      });
      older.add(former);
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
