import { shellWord } from '../../base/words.ts';
import type { ConfirmedKind, Target } from '../kind.ts';
import type { AnsibleConsumer } from './schema.ts';

/** As code: the Temporal UI turns "--" into a dash elsewhere, and breaks the line there. */
export function playbookCommand({ playbook, tags }: AnsibleConsumer, before = ''): string {
  return `\`${before}ansible-playbook ${shellWord(playbook)} --tags ${shellWord(tags.join(','))}\``;
}

export function targetOfRole(consumer: AnsibleConsumer, before?: string): Target {
  const by = consumer.apply === 'command' ? 'command' : 'person';
  return { name: `Ansible role ${consumer.role}`, by, byHand: playbookCommand(consumer, before) };
}

export const ansible: ConfirmedKind<AnsibleConsumer> = {
  kind: 'ansible',
  isAsked: ({ apply }) => apply === 'confirm',
  target: targetOfRole,
  leaves: ({ dest, playbook }) => `${dest} on the hosts of ${playbook}`,
};
