import { unknownVariables } from './ansibleNames.ts';
import { groupId } from './blueprint.ts';
import { RegistrarError } from './errors.ts';
import type { Fault } from './faults.ts';
import type { Registration } from './registration.ts';
import { scheduleTimes, type RotationPolicy } from './rotationPolicy.ts';

type Consumer = Registration['spec']['consumers'][number];

/** What the schema cannot say: kinds that this version does not do, and names that would meet each other. */
export function brokenRules({ spec }: Registration): readonly Fault[] {
  const groups = spec.groups.map((group) => group.name);
  const accounts = spec.groups.flatMap((group, i) =>
    group.serviceAccounts.map(({ username }, j) => ({
      path: ['spec', 'groups', i, 'serviceAccounts', j, 'username'],
      value: username,
    })),
  );
  const uris = spec.redirectUris.map((uri) => `${uri.matchingMode} ${uri.url}`);
  return [
    ...spec.consumers.flatMap((consumer, i) => unsupported(consumer, ['spec', 'consumers', i])),
    ...(spec.rotation === undefined ? [] : brokenPolicy(spec.rotation)),
    ...duplicates(listed(['spec', 'groups'], groups, 'name'), 'group'),
    ...sameIds(groups),
    ...duplicates(accounts, 'service account'),
    ...duplicates(listed(['spec', 'redirectUris'], uris), 'redirect URI'),
    ...('groups' in spec.access ? duplicates(listed(['spec', 'access', 'groups'], spec.access.groups), 'group') : []),
  ];
}

function unsupported(consumer: Consumer, path: readonly PropertyKey[]): readonly Fault[] {
  if (consumer.kind !== 'ansible') {
    const message = `"${consumer.kind}" is not supported in this version; use "ansible" or no consumer`;
    return [{ path: [...path, 'kind'], message }];
  }
  const { apply, template } = consumer;
  const text = [...path, 'template', 'text'];
  return [
    ...(apply === 'confirm'
      ? [{ path: [...path, 'apply'], message: '"confirm" is not supported in this version; use "none" or "command"' }]
      : []),
    ...(template.text.includes('<<clientSecret>>') ? [] : [{ path: text, message: 'does not use <<clientSecret>>' }]),
    ...unknownVariables(template.text).map((name) => ({
      path: text,
      message: `<<${name}>> stands for nothing; there are <<clientId>>, <<clientSecret>> and <<issuer>>`,
    })),
  ];
}

function brokenPolicy(policy: RotationPolicy): readonly Fault[] {
  try {
    scheduleTimes(policy, 0);
    return [];
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    return [{ path: ['spec', 'rotation'], message: `${error.message.replace(/^rotation: /, '')}. ${error.remedy}` }];
  }
}

interface Named {
  readonly path: readonly PropertyKey[];
  readonly value: string;
}

function listed(path: readonly PropertyKey[], values: readonly string[], field?: string): readonly Named[] {
  return values.map((value, i) => ({ path: [...path, i, ...(field === undefined ? [] : [field])], value }));
}

function duplicates(names: readonly Named[], what: string): readonly Fault[] {
  const seen = new Set<string>();
  return names
    .filter(({ value }) => seen.size === seen.add(value).size)
    .map(({ path, value }) => ({ path, message: `${what} "${value}" is named twice` }));
}

/** Two names may differ only in what an id of the blueprint cannot hold. */
function sameIds(groups: readonly string[]): readonly Fault[] {
  return groups.flatMap((name, i) => {
    const other = groups.slice(0, i).find((before) => before !== name && groupId(before) === groupId(name));
    if (other === undefined) return [];
    const message = `group "${name}" would have the same blueprint id as "${other}"; change one of the names`;
    return [{ path: ['spec', 'groups', i, 'name'], message }];
  });
}
