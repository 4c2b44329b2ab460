import type { ClientPlace, Vault } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';

/**
 * The systems for a look that writes nothing: a question that Git, Temporal, the vault or Authentik has answered is not asked again.
 * A fetch begins anew for Git. Clusters and Argo CD answer each time, for preflight waits for what moves there: see {@link atRest}.
 */
export function askedOnce(deps: Deps): Deps {
  return {
    ...deps,
    git: remembering(deps.git, { anew: 'fetch' }),
    runs: remembering(deps.runs),
    vault: askedVault(deps.vault),
    // A secret is no key by which an answer could be remembered.
    authentik: remembering(deps.authentik, { eachTime: 'testSecret' }),
  };
}

/**
 * The systems for one look at Authentik's cluster that neither waits nor writes: an object is asked for once, and judged in one
 * state. What waits asks them as they were: see {@link inMotion}.
 */
export function atRest(deps: Deps): Deps {
  return { ...deps, cluster: remembering(deps.cluster), externalSecrets: remembering(deps.externalSecrets) };
}

type Clusters = Pick<Deps, 'cluster' | 'externalSecrets'>;

/** These systems, with a cluster that answers each time. */
export function inMotion(deps: Deps, { cluster, externalSecrets }: Clusters): Deps {
  return { ...deps, cluster, externalSecrets };
}

/** The vault, and the places of clients in it. */
function askedVault(vault: Vault): Vault {
  const places = new Map<string, ClientPlace>();
  const shared = remembering(vault);
  const of: Vault['of'] = (item) => {
    const key = JSON.stringify(item);
    const place = places.get(key) ?? remembering((vault.of as NonNullable<Vault['of']>)(item));
    places.set(key, place);
    return place;
  };
  return new Proxy(shared, { get: (target, name) => (name === 'of' ? of : Reflect.get(target, name)) });
}

/** A system that remembers its answers until `anew` is called. */
function remembering<System extends object>(
  system: System,
  { anew, eachTime }: { readonly anew?: keyof System; readonly eachTime?: keyof System } = {},
): System {
  const answers = new Map<string, unknown>();
  return new Proxy(system, {
    get(target, name) {
      const asks: unknown = Reflect.get(target, name);
      if (typeof asks !== 'function') return asks;
      return (...args: unknown[]): unknown => {
        if (name === anew) answers.clear();
        const question = JSON.stringify([name, ...args]);
        if (name === anew || name === eachTime || !answers.has(question))
          answers.set(question, Reflect.apply(asks, target, args));
        return answers.get(question);
      };
    },
  });
}
