/** Ansible's own parser, where it is installed. */
export interface AnsibleParser {
  /** Version text, or undefined where `ansible-playbook` is not on the PATH. */
  version(): Promise<string | undefined>;
  /**
   * `ansible-playbook --syntax-check` of a playbook in a checkout: `-i localhost,`, an environment without the worker's
   * tokens, a time limit. Returns what it complains of, or undefined. Collections that are missing make it fail before an
   * edit as well: the caller compares before with after. Throws `NotFound` where it cannot be run, `Unavailable` where it
   * does not end in time.
   *
   * Where it is `pinned`, what Ansible would load and run of the checkout by itself is taken out of it first: `ansible.cfg`, folders
   * of plugins and modules, and collections.
   */
  syntaxCheck(checkout: string, playbook: string, rolesPath: string, pinned: boolean): Promise<string | undefined>;
}
