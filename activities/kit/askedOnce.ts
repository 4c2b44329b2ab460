import type { Deps } from '../deps.ts';

type Reads<System> = readonly (keyof System & string)[];

/** What is read of what stays as it is while one activity looks: text of a commit, histories, rows, the vault's item. */
const GIT: Reads<Deps['git']> = [
  'head',
  'branches',
  'readFile',
  'listFiles',
  'deletedText',
  'filesHolding',
  'log',
  'isAncestor',
];
const RUNS: Reads<Deps['runs']> = ['isOpen', 'findPlan', 'interruptedPlan', 'registeredBefore', 'registeredAs'];
const VAULT: Reads<Deps['vault']> = ['read'];
/** Not `testSecret`: a secret is no key by which an answer could be remembered. */
const AUTHENTIK: Reads<Deps['authentik']> = [
  'version',
  'permissions',
  'lackingForUsedBy',
  'discoveryWarnings',
  'find',
  'application',
  'providerByName',
  'providerByClientId',
  'providerByPk',
  'bindings',
  'group',
  'groupByPk',
  'user',
  'usedBy',
  'instancesByPath',
  'instancesByName',
  'available',
];

/**
 * The systems for one look: a question that Git, Temporal, the vault or Authentik has answered is not asked again. A fetch begins
 * anew for Git. Clusters and Argo CD answer each time, for preflight waits for what moves there.
 */
export function askedOnce(deps: Deps): Deps {
  return {
    ...deps,
    git: remembering(deps.git, GIT, 'fetch'),
    runs: remembering(deps.runs, RUNS),
    vault: remembering(deps.vault, VAULT),
    authentik: remembering(deps.authentik, AUTHENTIK),
  };
}

/** A system that remembers its answers to these reads, until `anew` is called. All else goes through. */
function remembering<System extends object>(system: System, reads: Reads<System>, anew?: keyof System): System {
  const answers = new Map<string, unknown>();
  return new Proxy(system, {
    get(target, name) {
      const asks: unknown = Reflect.get(target, name);
      if (typeof asks !== 'function') return asks;
      return (...args: unknown[]): unknown => {
        if (name === anew) answers.clear();
        if (!(reads as readonly (string | symbol)[]).includes(name)) return Reflect.apply(asks, target, args);
        const question = JSON.stringify([name, ...args]);
        if (!answers.has(question)) answers.set(question, Reflect.apply(asks, target, args));
        return answers.get(question);
      };
    },
  });
}
