import type { Installation } from './installation.ts';
import type { Registration } from './registration.ts';
import type { Names } from './resolve.ts';

interface RedirectUri {
  readonly matchingMode: string;
  readonly url: string;
}

export interface ProviderData {
  readonly name: string;
  readonly clientId: string;
  readonly clientType: string;
  /** Slugs, names and scope names where an object is the one asked for; its pk otherwise. */
  readonly authorizationFlow: string | null;
  readonly invalidationFlow: string | null;
  readonly signingKey: string | null;
  readonly scopes: readonly string[];
  readonly redirectUris: readonly RedirectUri[];
  readonly subMode: string;
  readonly includeClaimsInIdToken: boolean;
  /** Undefined where this version of Authentik has no such field. */
  readonly grantTypes: readonly string[] | undefined;
}

export interface ApplicationData {
  readonly name: string;
  readonly slug: string;
  readonly launchUrl: string;
  readonly policyEngineMode: string;
  /** The application's provider is the one above. */
  readonly linked: boolean;
}

export interface BindingData {
  readonly order: number;
  /** Name of the group; a user's or policy's key where it is none. */
  readonly group: string;
  readonly enabled: boolean;
  readonly negate: boolean;
}

export interface GroupData {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly members: readonly string[];
}

interface UserData {
  readonly username: string;
  readonly name: string;
  readonly type: string;
  readonly isActive: boolean;
}

/** What is asked of Authentik for one client, as an exact set. */
export interface WantedState {
  readonly provider: ProviderData;
  readonly application: ApplicationData;
  readonly bindings: readonly BindingData[];
  readonly groups: readonly GroupData[];
  readonly users: readonly UserData[];
}

/** What Authentik holds of it. */
export interface FoundState {
  readonly provider: ProviderData | undefined;
  readonly application: ApplicationData | undefined;
  readonly bindings: readonly BindingData[];
  readonly groups: readonly GroupData[];
  readonly users: readonly UserData[];
}

/** Derives what a registration asks of Authentik. Pure. */
export function wantedState(registration: Registration, installation: Installation, names: Names): WantedState {
  const { spec } = registration;
  const { provider } = installation;
  return {
    provider: {
      name: names.providerName,
      clientId: names.clientId,
      clientType: 'confidential',
      authorizationFlow: provider.authorizationFlow,
      invalidationFlow: provider.invalidationFlow,
      signingKey: provider.signingKey,
      scopes: spec.scopes,
      redirectUris: spec.redirectUris,
      subMode: provider.subMode,
      includeClaimsInIdToken: provider.includeClaimsInIdToken,
      grantTypes: ['authorization_code', 'refresh_token'],
    },
    application: {
      name: spec.displayName,
      slug: names.slug,
      launchUrl: spec.launchUrl ?? '',
      policyEngineMode: 'any',
      linked: true,
    },
    bindings: ('groups' in spec.access ? spec.access.groups : []).map((group, order) => ({
      order,
      group,
      enabled: true,
      negate: false,
    })),
    groups: spec.groups.map((group) => ({
      name: group.name,
      isSuperuser: false,
      members: group.serviceAccounts.map((account) => account.username),
    })),
    users: spec.groups.flatMap((group) =>
      group.serviceAccounts.map((account) => ({
        username: account.username,
        name: account.name ?? account.username,
        type: 'service_account',
        isActive: true,
      })),
    ),
  };
}

/**
 * Each difference as a sentence. Bindings, redirect URIs, scope mappings and grant types are exact sets; a group may have
 * further members, for people add them.
 */
export function compareState(wanted: WantedState, found: FoundState): readonly string[] {
  return [
    ...compareProvider(wanted.provider, found.provider),
    ...compareApplication(wanted.application, found.application),
    ...compareBindings(wanted, found),
    ...wanted.groups.flatMap((group) => compareGroup(group, found.groups)),
    ...wanted.users.flatMap((user) => compareUser(user, found.users)),
  ];
}

function compareProvider(wanted: ProviderData, found: ProviderData | undefined): readonly string[] {
  if (found === undefined) return [`provider "${wanted.name}" does not exist`];
  const fields = [
    'name',
    'clientId',
    'clientType',
    'authorizationFlow',
    'invalidationFlow',
    'signingKey',
    'subMode',
    'includeClaimsInIdToken',
  ] as const;
  const differing = fields
    .filter((field) => wanted[field] !== found[field])
    .map((field) => `the provider's ${field} is ${JSON.stringify(found[field])}, not ${JSON.stringify(wanted[field])}`);
  const uris = (list: readonly RedirectUri[]): string[] => list.map((uri) => `${uri.matchingMode} ${uri.url}`);
  return [
    ...differing,
    ...compareSet("the provider's redirect URIs", uris(wanted.redirectUris), uris(found.redirectUris)),
    ...compareSet("the provider's scope mappings", wanted.scopes, found.scopes),
    ...(found.grantTypes === undefined
      ? []
      : compareSet("the provider's grant types", wanted.grantTypes ?? [], found.grantTypes)),
  ];
}

function compareApplication(wanted: ApplicationData, found: ApplicationData | undefined): readonly string[] {
  if (found === undefined) return [`application "${wanted.slug}" does not exist`];
  const fields = ['name', 'launchUrl', 'policyEngineMode'] as const;
  return [
    ...fields
      .filter((field) => wanted[field] !== found[field])
      .map(
        (field) =>
          `the application's ${field} is ${JSON.stringify(found[field])}, not ${JSON.stringify(wanted[field])}`,
      ),
    ...(found.linked ? [] : ['the application is not linked to the provider']),
  ];
}

function compareBindings(wanted: WantedState, found: FoundState): readonly string[] {
  const words = (list: readonly BindingData[]): string[] =>
    list.map(
      (binding) =>
        `${binding.order} ${binding.group}${binding.enabled ? '' : ' disabled'}${binding.negate ? ' negated' : ''}`,
    );
  const differences = compareSet("the application's bindings", words(wanted.bindings), words(found.bindings));
  // Authentik asks only enabled bindings, and without an answer it lets everyone in.
  const closed = found.bindings.some((binding) => binding.enabled);
  const open = wanted.bindings.length > 0 && found.application !== undefined && !closed;
  return open
    ? [...differences, 'ALARM: the application has no enabled binding, so everyone may sign in']
    : differences;
}

function compareGroup(wanted: GroupData, groups: readonly GroupData[]): readonly string[] {
  const found = groups.find((group) => group.name === wanted.name);
  if (found === undefined) return [`group "${wanted.name}" does not exist`];
  const missing = wanted.members.filter((member) => !found.members.includes(member));
  return [
    ...missing.map((member) => `group "${wanted.name}" does not hold ${member}`),
    ...(found.isSuperuser ? [`group "${wanted.name}" makes its members superusers`] : []),
  ];
}

function compareUser(wanted: UserData, users: readonly UserData[]): readonly string[] {
  const found = users.find((user) => user.username === wanted.username);
  if (found === undefined) return [`service account "${wanted.username}" does not exist`];
  return (['name', 'type', 'isActive'] as const)
    .filter((field) => wanted[field] !== found[field])
    .map(
      (field) =>
        `the ${field} of "${wanted.username}" is ${JSON.stringify(found[field])}, not ${JSON.stringify(wanted[field])}`,
    );
}

function compareSet(what: string, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const missing = wanted.filter((entry) => !found.includes(entry));
  const extra = found.filter((entry) => !wanted.includes(entry));
  return [
    ...(missing.length > 0 ? [`${what} lack ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`${what} also hold ${extra.join(', ')}`] : []),
    ...(missing.length + extra.length === 0 && wanted.length !== found.length ? [`${what} hold duplicates`] : []),
  ];
}
