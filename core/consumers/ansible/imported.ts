import { isMapping, listOf } from '../../base/own.ts';
import { escaped } from '../../base/words.ts';
import { parseAllDocuments } from 'yaml';
import { factOfRole } from '../../edits/ansible/ansibleNames.ts';
import type { ConsumerInput, ImportedClient, ImportedFiles } from '../kind.ts';
import { vaultOf } from '../../vault/vaults.ts';

type Task = Readonly<Record<string, unknown>>;

/** The Ansible consumers of a vault field: pre_tasks that read it, and tasks of roles that render what they set. */
export function importAnsible(input: ImportedFiles, known: ImportedClient): readonly ConsumerInput[] {
  const { vaultField } = known;
  const playbooks = input.paths.filter(
    (path) => /\.ya?ml$/.test(path) && !/\/(roles|group_vars|host_vars)\//.test(path),
  );
  return playbooks.flatMap((playbook) => {
    const text = input.read(playbook) ?? '';
    // Reading every file as YAML would take long: the reference must stand there.
    if (!text.includes(vaultField)) return [];
    const reads = (command: string): boolean => vaultOf(input.installation, known).isReadBy(command, vaultField);
    return playsOf(text).flatMap((play) =>
      readsOf(play, reads).flatMap((read) => consumersOf(input, known, { playbook, text, play, read })),
    );
  });
}

interface SecretRead {
  readonly register: string;
  readonly fact: string;
  readonly tags: readonly string[];
  readonly name: string | undefined;
}

function playsOf(text: string): readonly Task[] {
  return parseAllDocuments(text, { logLevel: 'silent' }).flatMap((document) => {
    const data: unknown = document.errors.length > 0 ? undefined : document.toJS();
    return Array.isArray(data) ? data.filter(isMapping) : [];
  });
}

/** Commands that read the field, and the fact that the register of each becomes. */
function readsOf(play: Task, reads: (command: string) => boolean): readonly SecretRead[] {
  const tasks = listOf(play['pre_tasks']).filter(isMapping);
  return tasks.flatMap((task) => {
    const command = task['ansible.builtin.command'] ?? task['command'];
    const words = typeof command === 'string' ? command : isMapping(command) ? String(command['cmd'] ?? '') : '';
    const register = task['register'];
    if (!reads(words) || typeof register !== 'string') return [];
    for (const other of tasks) {
      const facts = other['ansible.builtin.set_fact'] ?? other['set_fact'];
      const fact = isMapping(facts)
        ? Object.entries(facts).find(([, value]) => String(value).includes(`${register}.stdout`))?.[0]
        : undefined;
      const name = typeof task['name'] === 'string' ? task['name'] : undefined;
      if (fact !== undefined) return [{ register, fact, name, tags: textsOf(task['tags']) }];
    }
    return [];
  });
}

interface Reading {
  readonly playbook: string;
  readonly text: string;
  readonly play: Task;
  readonly read: SecretRead;
}

function consumersOf(
  input: ImportedFiles,
  known: ImportedClient,
  { playbook, text, play, read }: Reading,
): readonly ConsumerInput[] {
  const { clientId } = known;
  const roles = listOf(play['roles']).map((entry) =>
    String(isMapping(entry) ? (entry['role'] ?? entry['name']) : entry),
  );
  return roles.flatMap((role) => {
    const tasksFile = input.paths.find((path) => path.endsWith(`/${role}/tasks/main.yml`));
    if (tasksFile === undefined) return [];
    const rolesPath = tasksFile.slice(0, -`/${role}/tasks/main.yml`.length);
    const tasks = playsOf(input.read(tasksFile) ?? '');
    return tasks.flatMap((task, i) => {
      const options = task['ansible.builtin.template'] ?? task['template'];
      if (!isMapping(options) || typeof options['src'] !== 'string') return [];
      const template = input.read(`${rolesPath}/${role}/templates/${options['src']}`);
      const variable = new RegExp(`\\{\\{ *${escaped(read.fact)} *\\}\\}`, 'g');
      if (template === undefined || !variable.test(template)) return [];
      const previous = tasks[i - 1]?.['name'];
      const place = i === tasks.length - 1 ? 'end' : typeof previous === 'string' ? { after: previous } : undefined;
      const comment = headingOf(text, read.name);
      const guarded = textsOf(task['when']).includes(`${read.fact} is defined`);
      const issuer = `${input.installation.authentik.url.replace(/\/$/, '')}/application/o/${known.slug}/`;
      const unless = (usual: string, field: string, value: unknown) => (value === usual ? {} : optional(field, value));
      return [
        {
          kind: 'ansible' as const,
          role,
          ...unless('ansible/roles', 'rolesPath', rolesPath),
          playbook,
          tags: [...read.tags],
          ...unless(`${known.displayName} OIDC client secret`, 'comment', comment),
          template: {
            name: options['src'],
            text: template
              .replaceAll(variable, '<<clientSecret>>')
              .replaceAll(issuer, '<<issuer>>')
              .replaceAll(`"${clientId}"`, '"<<clientId>>"'),
          },
          dest: String(options['dest']),
          ...unless('0600', 'mode', options['mode']),
          ...optional('owner', options['owner']),
          ...optional('group', options['group']),
          ...unless(`Deploy ${input.client} OIDC credentials`, 'task', task['name']),
          ...(place === undefined || place === 'end' ? {} : { place }),
          ...optional('notify', textsOf(task['notify'])[0]),
          ...unless(factOfRole(role), 'fact', read.fact),
          ...unless(`_${read.fact}`, 'register', read.register),
          ...(guarded ? {} : { guard: 'default' as const }),
        },
      ];
    });
  });
}

/** The comment right above a task. */
function headingOf(text: string, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const heading = new RegExp(`^[ \\t]*# ?(.+)\\n[ \\t]*- name: ["']?${escaped(name)}["']?[ \\t]*$`, 'm').exec(text);
  return heading?.[1]?.trim();
}

/** A value that is no text, as a mapping, is left out: the plan then shows what would become of it. */
function optional(field: string, value: unknown): Readonly<Record<string, string>> {
  return ['string', 'number', 'boolean'].includes(typeof value) ? { [field]: String(value) } : {};
}

function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
