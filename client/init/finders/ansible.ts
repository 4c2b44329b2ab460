import { at } from '../../../core/base/own.ts';
import type { Tree } from '../tree.ts';

/** What Ansible has in a repository. Registrations name it one by one; nothing of it stands in registrar.yaml. */
export interface AnsibleRoots {
  /** Folders that hold roles. */
  readonly roles: readonly string[];
  readonly playbooks: readonly string[];
}

export function ansibleIn(tree: Tree): AnsibleRoots {
  const roles = tree.paths.flatMap((file) => /^((?:.*\/)?roles)\/[^/]+\/tasks\/main\.ya?ml$/.exec(file)?.[1] ?? []);
  const playbooks = tree
    .holding(['hosts:'])
    .filter((file) => !file.includes('/roles/'))
    .filter((file) => tree.objectsOf(file).some(({ object }) => at(object, 'hosts') !== undefined));
  return { roles: [...new Set(roles)], playbooks };
}
