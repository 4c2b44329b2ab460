import type { Deps } from '../deps.ts';

/**
 * The systems for a look that writes nothing: a question that Git, Temporal, the vault or Authentik has answered is not asked again.
 * A fetch begins anew for Git. Clusters and Argo CD answer each time, for preflight waits for what moves there.
 */
export function askedOnce(deps: Deps): Deps {
  return {
    ...deps,
    git: remembering(deps.git, { anew: 'fetch' }),
    runs: remembering(deps.runs),
    vault: remembering(deps.vault),
    // A secret is no key by which an answer could be remembered.
    authentik: remembering(deps.authentik, { eachTime: 'testSecret' }),
  };
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
