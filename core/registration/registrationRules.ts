import { TEMPLATE_PLACEHOLDERS } from './placeholders.ts';
import { groupId } from './groupId.ts';
import { RegistrarError } from '../base/errors.ts';
import type { Fault } from '../base/faults.ts';
import { FILE_PLACEHOLDERS, PATH_PLACEHOLDERS, brokenFilePath } from './extraFile.ts';
import { brokenExternalSecret } from './externalSecretRules.ts';
import { MANUAL_PLACEHOLDERS } from './manualConsumer.ts';
import { unknownPlaceholders } from './placeholders.ts';
import type { AnsibleConsumer, Consumer, Registration } from './registration.ts';
import { scheduleTimes, type RotationPolicy } from './rotationPolicy.ts';

/** What the schema cannot say: kinds that this version does not do, and names that would meet each other. */
export function brokenRules(registration: Registration): readonly Fault[] {
  const { spec } = registration;
  const groups = spec.groups.map((group) => group.name);
  const accounts = spec.groups.flatMap((group, i) =>
    group.serviceAccounts.map(({ username }, j) => ({
      path: ['spec', 'groups', i, 'serviceAccounts', j, 'username'],
      value: username,
    })),
  );
  const uris = spec.redirectUris.map((uri) => `${uri.matchingMode} ${uri.url}`);
  return [
    ...spec.consumers.flatMap((consumer, i) => brokenConsumer(consumer, ['spec', 'consumers', i])),
    ...duplicates(consumerPlaces(spec.consumers), 'consumer'),
    ...(spec.files ?? []).flatMap((file, i) => [
      ...unknown(file.path, PATH_PLACEHOLDERS, ['spec', 'files', i, 'path']),
      ...unknown(file.text, FILE_PLACEHOLDERS, ['spec', 'files', i, 'text']),
      ...fault(brokenFilePath(registration, i), ['spec', 'files', i, 'path']),
    ]),
    ...duplicates(
      listed(
        ['spec', 'files'],
        (spec.files ?? []).map(({ path }) => path),
        'path',
      ),
      'file',
    ),
    ...(spec.rotation === undefined ? [] : brokenPolicy(spec.rotation)),
    ...duplicates(listed(['spec', 'groups'], groups, 'name'), 'group'),
    ...sameIds(groups),
    ...duplicates(accounts, 'service account'),
    ...duplicates(listed(['spec', 'redirectUris'], uris), 'redirect URI'),
    ...('groups' in spec.access ? duplicates(listed(['spec', 'access', 'groups'], spec.access.groups), 'group') : []),
  ];
}

function brokenConsumer(consumer: Consumer, path: readonly PropertyKey[]): readonly Fault[] {
  switch (consumer.kind) {
    case 'ansible':
      return brokenAnsible(consumer, path);
    case 'externalSecret':
      return brokenExternalSecret(consumer, path);
    case 'manual':
      return [
        ...consumer.steps.flatMap((text, i) => unknown(text, MANUAL_PLACEHOLDERS, [...path, 'steps', i])),
        ...(consumer.removal ?? []).flatMap((text, i) => unknown(text, MANUAL_PLACEHOLDERS, [...path, 'removal', i])),
      ];
  }
}

function fault(message: string | undefined, path: readonly PropertyKey[]): readonly Fault[] {
  return message === undefined ? [] : [{ path, message }];
}

function brokenAnsible({ template }: AnsibleConsumer, path: readonly PropertyKey[]): readonly Fault[] {
  const text = [...path, 'template', 'text'];
  return [
    ...(template.text.includes('<<clientSecret>>') ? [] : [{ path: text, message: 'does not use <<clientSecret>>' }]),
    ...unknown(template.text, TEMPLATE_PLACEHOLDERS, text),
  ];
}

/** Two consumers by one name could not be told apart where a person is asked for one of them. */
function consumerPlaces(consumers: readonly Consumer[]): readonly Named[] {
  return consumers.flatMap((consumer, i): readonly Named[] => {
    const path = ['spec', 'consumers', i];
    if (consumer.kind === 'manual') return [{ path: [...path, 'name'], value: consumer.name }];
    if (consumer.kind !== 'externalSecret') return [];
    const { cluster = '', namespace, name, file } = consumer;
    const object = `ExternalSecret ${[cluster, namespace, name].filter((part) => part !== '').join('/')}`;
    return [
      { path: [...path, 'file'], value: file },
      { path: [...path, 'name'], value: object },
    ];
  });
}

function unknown(text: string, known: readonly string[], path: readonly PropertyKey[]): readonly Fault[] {
  return unknownPlaceholders(text, known).map((name) => ({
    path,
    message:
      name === 'clientSecret'
        ? 'must not hold <<clientSecret>>: the value would be read by people, or stand in Git'
        : `<<${name}>> stands for nothing; there ${known.length === 1 ? 'is' : 'are'} ${listOf(known)}`,
  }));
}

function listOf(names: readonly string[]): string {
  const marks = names.map((name) => `<<${name}>>`);
  return marks.length < 2 ? marks.join('') : `${marks.slice(0, -1).join(', ')} and ${marks.at(-1)}`;
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
