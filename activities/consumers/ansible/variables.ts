import { mappingOf } from '../../../core/base/own.ts';
import { readYaml } from '../../../core/base/yamlFile.ts';
import type { AnsibleConsumer } from '../../../core/consumers/ansible/schema.ts';
import { factOf, roleFiles } from '../../../core/edits/ansible/ansibleNames.ts';
import { variablesIn } from '../../../core/policy/expressions.ts';
import type { RepositoryFiles } from '../liveConsumer.ts';

/** Variables that Ansible itself gives (Ansible documentation, "Special Variables"). */
const SPECIAL = /^(ansible_|inventory_|group_names$|groups$|play_hosts$|playbook_dir$|role_|omit$|environment$)/;

/** A variable that nobody has defined stops the play on the host, when the client is registered already. */
export async function variableWarnings(
  { git }: RepositoryFiles,
  consumer: AnsibleConsumer,
  commit: string,
): Promise<readonly string[]> {
  const { role, dest, template } = consumer;
  const used = new Map([
    ...[...variablesIn(template.text)].map((name): [string, string] => [name, 'template.text']),
    ...[...variablesIn(dest)].map((name): [string, string] => [name, 'dest']),
  ]);
  for (const name of used.keys())
    if (SPECIAL.test(name) || name === factOf(consumer) || name === consumer.register) used.delete(name);
  if (used.size === 0) return [];
  const files = roleFiles(consumer).filter((path) => /\/(defaults|vars)\/[^/]+$/.test(path));
  const defined = new Set<string>();
  for (const path of files) for (const name of variablesOf(await git.readFile(commit, path))) defined.add(name);
  return [...used]
    .filter(([name]) => !defined.has(name))
    .map(
      ([name, where]) =>
        `${where} uses {{ ${name} }}, which neither defaults nor vars of role ${role} define; see that the inventory or the playbook does`,
    );
}

function variablesOf(text: string | undefined): readonly string[] {
  const data = text === undefined ? undefined : readYaml(text).data;
  return Object.keys(mappingOf(data));
}
