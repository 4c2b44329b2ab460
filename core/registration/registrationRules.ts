import type { ConsumerSchema } from '../consumers/consumerSchema.ts';
import { SCHEMAS } from '../consumers/schemas.ts';
import { boundBy, boundLabel } from './boundTo.ts';
import { groupId } from './groupId.ts';
import { RegistrarError } from '../base/errors.ts';
import type { Fault } from '../base/faults.ts';
import { FILE_PLACEHOLDERS, PATH_PLACEHOLDERS, brokenFilePath } from './extraFile.ts';
import { brokenPlaceholders } from './placeholders.ts';
import { mappingsByScopeToo } from './mappingRules.ts';
import { uriKey } from './redirectUri.ts';
import type { Consumer, Registration } from './registration.ts';
import { secretsOfPublic } from './publicRules.ts';
import { scheduleTimes, type RotationPolicy } from './rotationPolicy.ts';

/** What the schema cannot say: rules of a consumer's kind, placeholders, times of a rotation, names that meet. */
export function brokenRules(registration: Registration): readonly Fault[] {
  const { spec } = registration;
  const groups = spec.groups.map((group) => group.name);
  const accounts = spec.groups.flatMap((group, i) =>
    group.serviceAccounts.map(({ username }, j) => ({
      path: ['spec', 'groups', i, 'serviceAccounts', j, 'username'],
      value: username,
    })),
  );
  return [
    ...secretsOfPublic(registration, schemaOf),
    ...spec.consumers.flatMap((consumer, i) => schemaOf(consumer).broken(consumer, ['spec', 'consumers', i])),
    ...duplicates(consumerNames(spec.consumers), 'consumer'),
    ...(spec.files ?? []).flatMap((file, i) => [
      ...brokenPlaceholders(file.path, PATH_PLACEHOLDERS, ['spec', 'files', i, 'path']),
      ...brokenPlaceholders(file.text, FILE_PLACEHOLDERS, ['spec', 'files', i, 'text']),
      ...fault(brokenFilePath(file.path, registration.metadata.name), ['spec', 'files', i, 'path']),
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
    ...duplicates(listed(['spec', 'redirectUris'], spec.redirectUris.map(uriKey)), 'redirect URI'),
    ...withoutCodes(spec),
    ...('groups' in spec.access ? duplicates(listed(['spec', 'access', 'groups'], spec.access.groups), 'group') : []),
    ...boundTwice(spec),
    ...duplicates(listed(['spec', 'provider', 'scopeMappings'], spec.provider?.scopeMappings ?? []), 'scope mapping'),
    ...duplicates(listed(['spec', 'provider', 'grantTypes'], spec.provider?.grantTypes ?? []), 'grant type'),
    ...mappingsByScopeToo(spec),
    ...unboundEnds(spec.access),
  ];
}

/** Users and policies are found before the blueprint makes anything. */
function boundTwice({ access, groups }: Registration['spec']): readonly Fault[] {
  if (!('groups' in access)) return [];
  const { users = [], policies = [] } = access;
  const made = new Set(groups.flatMap((group) => group.serviceAccounts.map(({ username }) => username)));
  return [
    ...duplicates(listed(['spec', 'access', 'users'], users), 'user'),
    ...duplicates(listed(['spec', 'access', 'policies'], policies), 'policy'),
    ...users.flatMap((name, i) =>
      made.has(name)
        ? [
            {
              path: ['spec', 'access', 'users', i],
              message: `"${name}" is a service account of spec.groups: name its group under spec.access.groups`,
            },
          ]
        : [],
    ),
  ];
}

/** To a provider without an address for codes Authentik adds the first one that anybody names. */
function withoutCodes({ redirectUris }: Registration['spec']): readonly Fault[] {
  if (redirectUris.some(({ type }) => type === undefined)) return [];
  const message = 'must have one that is not of type logout: a login would have nowhere to return to';
  return [{ path: ['spec', 'redirectUris'], message }];
}

/** Access ends of those alone that have it. */
function unboundEnds(access: Registration['spec']['access']): readonly Fault[] {
  if (!('groups' in access)) return [];
  const bound = new Set(boundBy(access).map(boundLabel));
  return Object.keys(access.until ?? {})
    .filter((named) => !bound.has(named))
    .map((named) => ({
      path: ['spec', 'access', 'until', named],
      message:
        'is no group of spec.access.groups, and no user or policy of it as user "NAME" or policy "NAME": name it there, or take it out here',
    }));
}

function fault(message: string | undefined, path: readonly PropertyKey[]): readonly Fault[] {
  return message === undefined ? [] : [{ path, message }];
}

function schemaOf(consumer: Consumer): ConsumerSchema {
  return SCHEMAS.find(({ schema }) => schema.shape.kind.value === consumer.kind) as ConsumerSchema;
}

function consumerNames(consumers: readonly Consumer[]): readonly Named[] {
  return consumers.flatMap((consumer, i) =>
    Object.entries(schemaOf(consumer).called?.(consumer) ?? {}).map(([field, value]) => ({
      path: ['spec', 'consumers', i, field],
      value,
    })),
  );
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
