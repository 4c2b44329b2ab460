import { credentialsTemplate } from '../../edits/ansible/ansibleNames.ts';
import type { Policy } from '../../installation/policy.ts';
import type { Names } from '../../names/names.ts';
import { type Breach, listBreach, nested } from '../../policy/breach.ts';
import { brokenText, missedFilter } from '../../policy/expressions.ts';
import { matchesAny } from '../../policy/pattern.ts';
import type { AnsibleConsumer } from './schema.ts';

/** What the policy refuses of role, playbook, destination and every text that Ansible would evaluate. */
export function ansibleBreaches(
  consumer: AnsibleConsumer,
  names: Names,
  field: string,
  policy: Policy,
): readonly Breach[] {
  const { roles, playbooks, destinations, expressions, filters } = policy.ansible;
  const { role, rolesPath, playbook, dest, tags, owner, group, task, notify } = consumer;
  const folder = `${rolesPath}/${role}`;
  const listed = (key: string, name: string, allowed: readonly string[], value: string): readonly Breach[] =>
    matchesAny(allowed, value) ? [] : [listBreach(`${field}.${name}`, `${name} "${value}"`, `ansible.${key}`, value)];
  const texts = Object.entries({
    'template.text': credentialsTemplate(consumer, names),
    dest,
    owner,
    group,
    task,
    notify,
  });
  const tagged = tags.map((tag, i): [string, string] => [`tags.${i}`, tag]);
  return [
    ...listed('roles', 'role', roles, folder),
    ...listed('playbooks', 'playbook', playbooks, playbook),
    ...listed('destinations', 'dest', destinations, dest),
    ...(dest.split('/').includes('..') ? [{ field: `${field}.dest`, message: `"${dest}" leads upwards by ".."` }] : []),
    ...(expressions === 'any'
      ? []
      : [...texts, ...tagged].flatMap(([name, text]) => {
          const why = text === undefined ? undefined : brokenText(text, filters);
          if (why === undefined) return [];
          const message = `${why}. Ansible evaluates it on the control host`;
          const filter = missedFilter(why);
          const allow =
            filter === undefined
              ? nested('ansible.expressions', 'any')
              : nested('ansible.filters', JSON.stringify([filter]));
          return [{ field: `${field}.${name}`, message, allow }];
        })),
  ];
}
