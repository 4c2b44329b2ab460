import type { Installation } from '../../installation/installation.ts';
import type { Names } from '../../names/names.ts';
import { vaultOf } from '../../vault/vaults.ts';
import { fillPlaceholders } from '../../registration/placeholders.ts';
import type { AnsibleConsumer } from '../../consumers/ansible/schema.ts';
import type { Registration } from '../../registration/registration.ts';
import type { PreTasks } from './playbook.ts';
import type { RoleTask } from './role.ts';

/** Paths of the files that one Ansible consumer touches. */
export interface AnsiblePaths {
  readonly template: string;
  readonly tasks: string;
  readonly defaults: string;
  readonly playbook: string;
}

/** Where the files are; `read` tells a role that writes `main.yaml` from one that writes, or is to have, `main.yml`. */
export function ansiblePaths(
  consumer: AnsibleConsumer,
  read: (path: string) => unknown = () => undefined,
): AnsiblePaths {
  const role = roleFolder(consumer);
  // Ansible takes the first that is there, in this order.
  const main = (folder: string): string => {
    const [usual = '', ...others] = MAIN.map((name) => `${role}/${folder}/${name}`);
    return [usual, ...others].find((path) => read(path) !== undefined) ?? usual;
  };
  return {
    template: `${role}/templates/${consumer.template.name}`,
    tasks: main('tasks'),
    defaults: main('defaults'),
    playbook: consumer.playbook,
  };
}

const MAIN = ['main.yml', 'main.yaml'] as const;

/** The files of which a role that is there has one at least. */
export function roleFiles(consumer: AnsibleConsumer): readonly string[] {
  return ['tasks', 'defaults', 'handlers', 'meta', 'vars'].flatMap((folder) =>
    MAIN.map((name) => `${roleFolder(consumer)}/${folder}/${name}`),
  );
}

function roleFolder(consumer: AnsibleConsumer): string {
  return `${consumer.rolesPath}/${consumer.role}`;
}

export function factOf(consumer: AnsibleConsumer): string {
  return consumer.fact ?? factOfRole(consumer.role);
}

/** The fact where the registration names none. */
export function factOfRole(name: string): string {
  // A variable must not begin with a digit.
  const role = name.replaceAll('-', '_').replace(/^(?=\d)/, '_');
  return `${role}_oidc_client_secret`;
}

/** The template's text with the named variables in place; the secret stays a Jinja variable, so none enters Git. */
export function credentialsTemplate(consumer: AnsibleConsumer, names: Names): string {
  const values: Readonly<Record<string, string>> = {
    clientId: names.clientId,
    clientSecret: `{{ ${factOf(consumer)} }}`,
    issuer: names.issuer,
  };
  const text = fillPlaceholders(consumer.template.text, values);
  return text.endsWith('\n') ? text : `${text}\n`;
}

export function preTasksOf(
  consumer: AnsibleConsumer,
  registration: Registration,
  installation: Installation,
  names: Names,
): PreTasks {
  const fact = factOf(consumer);
  const vault = vaultOf(installation, names);
  return {
    role: consumer.role,
    comment: consumer.comment ?? `${registration.spec.displayName} OIDC client secret`,
    // Tasks are found by name too: two roles of one playbook must not meet.
    what: `${registration.metadata.name} OIDC client secret${ofRole(consumer, registration)}`,
    reference: vault.reference(names.vaultField),
    readCommand: vault.readCommand(names.vaultField),
    register: consumer.register ?? `_${fact}`,
    fact,
    tags: consumer.tags,
  };
}

function ofRole({ role }: AnsibleConsumer, { metadata }: Registration): string {
  return role === metadata.name ? '' : ` for role ${role}`;
}

/** Name of the role's task where the registration does not say: no other client's is called so. */
export function usualTask({ metadata }: Registration): string {
  return `Deploy ${metadata.name} OIDC credentials`;
}

export function roleTaskOf(consumer: AnsibleConsumer, registration: Registration): RoleTask {
  return {
    task: consumer.task ?? usualTask(registration),
    template: consumer.template.name,
    dest: consumer.dest,
    mode: consumer.mode,
    owner: consumer.owner,
    group: consumer.group,
    notify: consumer.notify,
    whenFact: consumer.guard === 'when' ? factOf(consumer) : undefined,
    place: consumer.place,
  };
}
