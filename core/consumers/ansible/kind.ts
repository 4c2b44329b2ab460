import { asWord } from '../../base/words.ts';
import { ansiblePaths, factOf, preTasksOf, roleFiles } from '../../edits/ansible/ansibleNames.ts';
import type { ConsumerKind, ConsumerReferences, ReferredClient } from '../kind.ts';
import { ansibleBreaches } from './breaches.ts';
import { playbookCommand, targetOfRole } from './confirmed.ts';
import { ansibleEdits } from './edits.ts';
import { importAnsible } from './imported.ts';
import type { AnsibleConsumer } from './schema.ts';

/** A role that renders the credentials on hosts: its files are written, and a playbook brings them there. */
export const ansible: ConsumerKind<AnsibleConsumer> = {
  kind: 'ansible',
  written: {
    step: 'renderAnsibleFiles',
    entries: ['template', 'roleTask', 'default', 'preTasks'],
    readsField: 'preTasks',
    subject: (client) => `Render the credentials of ${client} by Ansible`,
    paths(consumer) {
      const { template, tasks, defaults, playbook } = ansiblePaths(consumer);
      return [template, tasks, ...(consumer.guard === 'default' ? [defaults] : []), playbook];
    },
    pathsRead: roleFiles,
    edits: ansibleEdits,
    replaces: (one, other) =>
      factOf(one) === factOf(other) || (one.role === other.role && one.rolesPath === other.rolesPath),
    breaches: ansibleBreaches,
    remainingOfFormer: ({ role, dest }) =>
      `role ${role} no longer delivers the secret: take ${dest} off its host, and OIDC out of the service`,
    references,
    linesReading: (consumer, path) => (ansiblePaths(consumer).playbook === path ? 1 : 0),
    imported: importAnsible,
  },
  target: (consumer) => targetOfRole(consumer),
  // A registration that asks for it waits itself until a person has run the playbook.
  remaining: (consumer) =>
    consumer.apply === 'confirm' ? [] : [`rendered, not applied: run ${playbookCommand(consumer)}`],
  remainingAfter: ({ dest, playbook }) =>
    `delete ${dest} on the hosts of ${playbook}: the role renders it no more, and it holds the secret`,
  warnings: ({ guard, role, dest }) =>
    guard === 'default'
      ? [`guard: default: a run of role ${role} in which the secret was not read writes ${dest} with an empty secret`]
      : [],
  unconfigured: ({ apply }, installation) =>
    apply === 'command' && installation.ansible.apply === undefined
      ? 'apply is "command", but registrar.yaml has no ansible.apply'
      : undefined,
  words: ({ playbook, tags }) => ({ playbook, tags: tags.join(',') }),
};

function references(
  consumer: AnsibleConsumer,
  { registration, installation, names }: ReferredClient,
): ConsumerReferences {
  const { dest, template, rolesPath, role } = consumer;
  const { register } = preTasksOf(consumer, registration, installation, names);
  const file = dest.slice(dest.lastIndexOf('/') + 1);
  return {
    anywhere: [factOf(consumer), register].map((name) => ({
      text: name,
      pattern: asWord(name),
      means: `uses the variable ${name}, which holds its secret`,
    })),
    // A file's name alone says something only inside the role that renders it.
    near: [file, template.name].map((text) => ({
      text,
      pattern: asWord(text),
      means: `uses ${dest}, which holds its credentials`,
    })),
    holds: (path) => path === ansiblePaths(consumer).playbook || path.startsWith(`${rolesPath}/${role}/`),
  };
}
