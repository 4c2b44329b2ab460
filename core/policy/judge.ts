import { allEnd } from '../authentik/endOfAccess.ts';
import { extraFilePaths } from '../changes/extraFiles.ts';
import { kindOf } from '../consumers/consumersOf.ts';
import { boundLabel, type BoundKind } from '../registration/boundTo.ts';
import { uriKey } from '../registration/redirectUri.ts';
import type { Registration } from '../registration/registration.ts';
import type { Names } from '../names/names.ts';
import { type Breach, listBreach, nested } from './breach.ts';
import { matchesAny } from './pattern.ts';
import type { Installation } from '../installation/installation.ts';
import type { Policy } from '../installation/policy.ts';
import { furtherBreaches, grantBreaches, mappingBreaches } from './furtherFields.ts';
import { barred, isLoopback } from './hosts.ts';

/** What of a registration stands already, so that the policy has no say in it. Part of a job: names and numbers alone. */
export interface Standing {
  /** Redirect URIs of the provider, as {@link uriKey} says them. */
  readonly redirectUris: readonly string[];
  /** Groups that may sign in; users and policies as `boundLabel` says them. */
  readonly bound: readonly string[];
  /** All users may sign in. */
  readonly everyone: boolean;
  /** Every binding ends already. */
  readonly allEnd?: true;
  /** What the client is, where there is one. Absent in jobs of before a client could be public. */
  readonly clientType?: string;
  /** Groups in Authentik. */
  readonly groups: readonly string[];
  /** Consumers, by their place in `spec.consumers`, that are delivered to as the registration says. */
  readonly consumers: readonly number[];
  /** Paths of `spec.files` that were made before. */
  readonly files: readonly string[];
  /** Where its probes asked before; undefined where nothing tells, and then consumers that stand have theirs. */
  readonly probes?: readonly string[];
  /** Of the names that no pattern gives, those under which the client's section and the ExternalSecret have its secret. */
  readonly names?: readonly OwnName[];
  /** Rows of `spec.provider` and `spec.launcher`, as `provider.subMode`. */
  readonly fields?: readonly string[];
  /** Flows and keys that it takes away, by their rows. */
  readonly taken?: Readonly<Record<string, string>>;
  /** Scope mappings that the provider has and that are judged, by `JudgedMapping.key`. */
  readonly mappings?: readonly string[];
  /** Grant types that the registration names and the provider has. */
  readonly grants?: readonly string[];
  /** Groups of others that the registration would take up, or put accounts into, and that give their members roles. */
  readonly withRoles?: readonly GroupWithRoles[];
}

/** Names that a registration may say for a client that has them. */
export const OWN_NAMES = ['envVar', 'secretKey', 'clientId'] as const;
type OwnName = (typeof OWN_NAMES)[number];

export interface GroupWithRoles {
  readonly name: string;
  /** As `role "operator"`. */
  readonly roles: readonly string[];
}

export const NOTHING_STANDS: Standing = {
  redirectUris: [],
  bound: [],
  everyone: false,
  groups: [],
  consumers: [],
  files: [],
};

interface Asked {
  readonly registration: Registration;
  readonly names: Names;
  /** The registration came in the workflow's input. */
  readonly inline: boolean;
}

/** What of `registrar.yaml` says how far a registration may go. */
export type Rules = Pick<Installation, 'policy' | 'provider'>;

/** Everything that a registration adds or changes and that the policy does not allow. Pure. */
export function breaches(
  { registration, names, inline }: Asked,
  installation: Rules,
  standing: Standing,
): readonly Breach[] {
  const { spec } = registration;
  const { policy } = installation;
  return [
    ...(inline ? inlineBreaches(policy) : []),
    ...nameBreaches(registration, names, standing),
    ...typeBreaches(registration, policy, standing),
    ...accessBreaches(registration, policy, standing),
    ...spec.groups.flatMap(({ name }, i) =>
      standing.groups.includes(name) || matchesAny(policy.groups.make, name)
        ? []
        : [listBreach(`spec.groups.${i}.name`, `group "${name}"`, 'groups.make', name)],
    ),
    ...roleBreaches(registration, policy, standing),
    ...furtherBreaches(registration, installation, standing.fields, standing.taken),
    ...mappingBreaches(registration, policy, standing.mappings),
    ...grantBreaches(registration, policy, standing.grants),
    ...spec.redirectUris.flatMap((uri, i) =>
      standing.redirectUris.includes(uriKey(uri)) ? [] : uriBreaches(uri, i, policy),
    ),
    ...extraFilePaths(registration).flatMap((path, i) =>
      standing.files.includes(path) || matchesAny(policy.files, path)
        ? []
        : [listBreach(`spec.files.${i}.path`, `file "${path}"`, 'files', path)],
    ),
    ...spec.consumers.flatMap((consumer, i) => {
      const field = `spec.consumers.${i}`;
      const stands = standing.consumers.includes(i);
      const [url] = probesOf([consumer]);
      const asked = stands && (standing.probes?.includes(url ?? '') ?? true);
      return [
        ...(stands ? [] : (kindOf(consumer).written?.breaches(consumer, names, field, policy) ?? [])),
        ...(url === undefined || asked ? [] : probeBreaches(url, `${field}.probe.url`, policy)),
      ];
    }),
  ];
}

/** A registration that stands in a workflow's input, where nobody has reviewed it. */
export function inlineBreaches({ inline }: Pick<Policy, 'inline'>): readonly Breach[] {
  const message = 'a registration in the input of the workflow is not allowed: commit it as a registration file';
  return inline ? [] : [{ field: 'input', message, allow: 'inline: true' }];
}

/** The addresses that the probes of consumers ask. No edit holds them, so that one is new no edit tells. */
export function probesOf(consumers: Registration['spec']['consumers']): readonly string[] {
  return consumers.flatMap(({ probe }) => (probe !== undefined && 'url' in probe ? [probe.url] : []));
}

/**
 * Under a name of its own choice a new client would set whatever variable of Authentik's worker it likes, or show what is in one as
 * its id.
 */
function nameBreaches(
  { spec }: Registration,
  { keptId }: Names,
  { names = [] }: Pick<Standing, 'names'>,
): readonly Breach[] {
  const { clientId } = spec;
  const own = (['envVar', 'secretKey'] as const).flatMap((field) => {
    const name = spec[field];
    if (name === undefined || names.includes(field)) return [];
    const message = `"${name}" is for a client that has it already, and this one has not: leave it out, and naming.${field} gives one`;
    return [{ field: `spec.${field}`, message }];
  });
  if (typeof clientId !== 'object' || keptId !== undefined || names.includes('clientId')) return own;
  const message =
    `variable "${clientId.envVar}" is for a client whose section takes its id from it already, and this one's does not: write the id as ` +
    'text; or ask for the variable that naming.clientIdEnvVar of registrar.yaml gives, as {NAME}_CLIENT_ID: then the job keeps the id ' +
    'in the vault';
  return [...own, { field: 'spec.clientId', message }];
}

/** Whoever knows the id of a public client may act as it, so that only redirect URIs and PKCE stand between its codes and others. */
function typeBreaches(
  { spec }: Registration,
  { publicClients }: Policy,
  { clientType }: Pick<Standing, 'clientType'>,
): readonly Breach[] {
  if (spec.clientType !== 'public' || clientType === 'public' || publicClients === 'any') return [];
  const field = 'spec.clientType';
  if (clientType !== undefined) {
    const message = 'taking the secret from a client that has one is not allowed: anybody could use its id';
    return [{ field, message, allow: 'publicClients: any' }];
  }
  if (publicClients === 'new') return [];
  return [{ field, message: 'a client without a secret is not allowed', allow: 'publicClients: new' }];
}

function accessBreaches({ spec }: Registration, policy: Policy, standing: Standing): readonly Breach[] {
  if (!('groups' in spec.access)) {
    if (standing.everyone || policy.everyone) return [];
    const message = 'letting in every user of Authentik is not allowed';
    return [{ field: 'spec.access.everyone', message, allow: 'everyone: true' }];
  }
  const of = (kind: BoundKind, field: string, key: string, allowed: readonly string[], names: readonly string[] = []) =>
    names.flatMap((name, i) =>
      standing.bound.includes(boundLabel({ kind, name })) || matchesAny(allowed, name)
        ? []
        : [listBreach(`spec.access.${field}.${i}`, `${kind} "${name}"`, key, name)],
    );
  const { groups, users, policies } = spec.access;
  return [
    ...endBreaches(spec.access, policy, standing),
    ...of('group', 'groups', 'groups.bind', policy.groups.bind, groups),
    ...of('user', 'users', 'bindings.users', policy.bindings.users, users),
    ...of('policy', 'policies', 'bindings.policies', policy.bindings.policies, policies),
  ];
}

/** Where Authentik deletes the last binding at its end, everyone is let in from then on. */
function endBreaches(
  access: Registration['spec']['access'],
  { everyone }: Policy,
  standing: Standing,
): readonly Breach[] {
  if (everyone || standing.everyone || standing.allEnd || !allEnd(access)) return [];
  const message = 'all access ends, and where Authentik deletes the last binding then, every user is let in';
  return [{ field: 'spec.access.until', message, allow: 'everyone: true' }];
}

/** What a role permits the job is not let to see, so any role counts: it is given to a group for the sake of what it permits. */
export function roleBreaches(
  { spec }: Registration,
  policy: Policy,
  { withRoles = [] }: Pick<Standing, 'withRoles'>,
): readonly Breach[] {
  return spec.groups.flatMap(({ name, serviceAccounts }, i) => {
    const found = withRoles.find((group) => group.name === name);
    if (found === undefined || matchesAny(policy.groups.withRoles, name)) return [];
    const accounts = serviceAccounts.map(({ username }) => username).join(', ');
    const message =
      `group "${name}" gives its members ${found.roles.join(', ')} in Authentik` +
      `${accounts === '' ? '' : `, and so it would ${accounts}`}; policy.groups.withRoles does not allow it`;
    return [{ field: `spec.groups.${i}.name`, message, allow: nested('groups.withRoles', JSON.stringify([name])) }];
  });
}

function uriBreaches(
  { matchingMode, url }: { readonly matchingMode: string; readonly url: string },
  index: number,
  policy: Policy,
): readonly Breach[] {
  const field = `spec.redirectUris.${index}`;
  const { hosts, loopback, schemes, regex } = policy.redirectUris;
  if (matchingMode === 'regex') {
    if (regex) return [];
    const message = `"${url}" is a regular expression, and those are not allowed: its reach cannot be told`;
    return [{ field, message, allow: nested('redirectUris.regex', 'true') }];
  }
  const { protocol, hostname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') {
    return schemes.includes(scheme) ? [] : [listBreach(field, `scheme "${scheme}"`, 'redirectUris.schemes', scheme)];
  }
  if (isLoopback(hostname)) {
    if (loopback) return [];
    const message = `"${url}" leads to a user's own machine, which is not allowed`;
    return [{ field, message, allow: nested('redirectUris.loopback', 'true') }];
  }
  return matchesAny(hosts, hostname) ? [] : [listBreach(field, `host "${hostname}"`, 'redirectUris.hosts', hostname)];
}

function probeBreaches(url: string, field: string, { probes }: Policy): readonly Breach[] {
  const { hostname } = new URL(url);
  const found = barred(hostname, probes);
  if (found !== undefined) {
    const message = `"${url}" leads to ${found.why}, which no probe may ask`;
    return [{ field, message, ...(found.key === undefined ? {} : { allow: nested(`probes.${found.key}`, 'true') }) }];
  }
  return matchesAny(probes.hosts, hostname) ? [] : [listBreach(field, `host "${hostname}"`, 'probes.hosts', hostname)];
}
