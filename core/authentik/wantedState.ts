import type { Installation } from '../installation/installation.ts';
import type { Registration } from '../registration/registration.ts';
import { type BindingData, compareBindings, openOf } from './bindings.ts';
import { compareSet, type Difference, valueOf } from './difference.ts';
import { endAsked } from './endOfAccess.ts';
import type { Names } from '../names/names.ts';
import { boundBy, boundLabel } from '../registration/boundTo.ts';
import { furtherOf, grantsOf, mappingLabel, type FieldValues } from '../registration/furtherFields.ts';
import { type RedirectUri, uriKey } from '../registration/redirectUri.ts';
import { providerSettings, type ToldFields } from './providerSettings.ts';
import type { SecretObject } from './secretObject.ts';

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
  /** What the registration asks for beside, by the rows of `spec.provider`; absent where that is nothing. */
  readonly further?: FieldValues;
  /** Mappings that are asked for by their names, which are among the scopes as `mappingLabel` says them. */
  readonly mappings?: readonly string[];
  /** Name of the object that keeps its secret; absent where Authentik has no such objects, and of a public client. */
  readonly secret?: string | null;
}

interface ApplicationData {
  readonly name: string;
  readonly slug: string;
  readonly launchUrl: string;
  readonly policyEngineMode: string;
  /** The application's provider is the one above. */
  readonly linked: boolean;
  /** By the rows of `spec.launcher`, as of a provider. */
  readonly further?: FieldValues;
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

/** As Authentik tells it: what its answer leaves out is undefined, and differs from whatever is asked for. */
type Told<T> = { readonly [Field in keyof Omit<T, 'further' | 'mappings' | 'secret'>]: T[Field] | undefined } & {
  readonly further?: ToldFields;
  readonly secret?: string | null | undefined;
};

/** What Authentik holds of it. */
export interface FoundState {
  readonly provider: (Told<ProviderData> & { readonly applicationSlug?: string | null | undefined }) | undefined;
  readonly application: Told<ApplicationData> | undefined;
  readonly bindings: readonly BindingData[];
  readonly groups: readonly GroupData[];
  readonly users: readonly Told<UserData>[];
}

/** What no registration says of its provider: registrar.yaml does, or every client of the job is so. */
export const SAME_FOR_ALL = [
  'clientType',
  'authorizationFlow',
  'invalidationFlow',
  'signingKey',
  'subMode',
  'includeClaimsInIdToken',
] as const;

/** Whether a member of any bound group may sign in, or only who is in all of them. */
export type EngineMode = 'any' | 'all';

/** The engine mode that a registration names; undefined where it leaves what stands. */
export function modeAskedBy({ spec }: Registration): EngineMode | undefined {
  return 'groups' in spec.access ? spec.access.mode : undefined;
}

/** `client_type` of the provider. */
export function clientTypeOf({ spec }: Registration): 'confidential' | 'public' {
  return spec.clientType ?? 'confidential';
}

/**
 * Derives what a registration asks of Authentik. `engineMode` is the registration's, or that of an application which stands. Pure.
 */
export function wantedState(
  registration: Registration,
  installation: Installation,
  names: Names,
  engineMode: EngineMode = 'any',
  secretObject?: SecretObject,
): WantedState {
  const { spec } = registration;
  const provider = providerSettings(registration, installation);
  const mappings = spec.provider?.scopeMappings ?? [];
  const [further, shown] = (['provider', 'launcher'] as const).map((block) => furtherOf(spec, block));
  return {
    provider: {
      name: names.providerName,
      clientId: names.clientId,
      clientType: clientTypeOf(registration),
      authorizationFlow: provider.authorizationFlow,
      invalidationFlow: provider.invalidationFlow,
      signingKey: provider.signingKey,
      scopes: [...spec.scopes, ...mappings.map(mappingLabel)],
      redirectUris: spec.redirectUris,
      subMode: provider.subMode,
      includeClaimsInIdToken: provider.includeClaimsInIdToken,
      grantTypes: grantsOf(spec),
      ...(further === undefined ? {} : { further }),
      ...(mappings.length === 0 ? {} : { mappings }),
      ...(secretObject?.name === undefined ? {} : { secret: secretObject.name }),
    },
    application: {
      name: spec.displayName,
      slug: names.slug,
      launchUrl: spec.launchUrl ?? '',
      policyEngineMode: engineMode,
      linked: true,
      ...(shown === undefined ? {} : { further: shown }),
    },
    bindings: boundBy(spec.access).map((bound, order) => {
      const group = boundLabel(bound);
      const until = endAsked(spec.access, group);
      return { order, group, enabled: true, negate: false, ...(until === undefined ? {} : { until }) };
    }),
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

/** Each difference as a sentence, see {@link differencesOf}. */
export function compareState(wanted: WantedState, found: FoundState): readonly string[] {
  return differencesOf(wanted, found).map(({ what, alarm }) => (alarm ? `ALARM: ${what}` : what));
}

/**
 * Everything that is not as asked. Bindings, redirect URIs, scope mappings and grant types are exact sets; a group may have
 * further members, for people add them.
 */
export function differencesOf(wanted: WantedState, found: FoundState): readonly Difference[] {
  return [
    ...compareProvider(wanted.provider, found.provider),
    ...compareApplication(wanted, found),
    ...compareAccess(wanted, found),
    ...wanted.groups.flatMap((group) => compareGroup(group, found.groups)),
    ...wanted.users.flatMap((user) => compareUser(user, found.users)),
  ];
}

function compareProvider(wanted: ProviderData, found: FoundState['provider']): readonly Difference[] {
  if (found === undefined) return [{ what: `provider "${wanted.name}" does not exist` }];
  const differing = (['name', 'clientId', ...SAME_FOR_ALL] as const)
    .filter((field) => wanted[field] !== found[field])
    .map((field): Difference => {
      // The blueprint finds its provider by name: under another name it would make a second one.
      const byHand = field === 'name' ? `Give the provider its name "${wanted.name}" back.` : undefined;
      const difference = valueOf(`the provider's ${field}`, wanted[field], found[field], byHand);
      return field === 'clientType' ? { ...difference, alarm: true } : difference;
    });
  const isOurs = wanted.secret === undefined || wanted.secret === found.secret;
  return [
    ...differing,
    ...(isOurs ? [] : [valueOf("the provider's client secret object", wanted.secret, found.secret)]),
    ...compareFurther('provider', wanted.further, found.further),
    ...compareSet("the provider's redirect URIs", wanted.redirectUris.map(uriKey), found.redirectUris?.map(uriKey)),
    ...compareSet("the provider's scope mappings", wanted.scopes, found.scopes),
    ...(found.grantTypes === undefined
      ? []
      : compareSet("the provider's grant types", wanted.grantTypes ?? [], found.grantTypes)),
  ];
}

/** Of the values that are asked for those that are others. */
function compareFurther(
  of: 'provider' | 'application',
  wanted: FieldValues = {},
  found: ToldFields = {},
): readonly Difference[] {
  return Object.entries(wanted)
    .filter(([field, value]) => value !== found[field])
    .map(([field, value]) => valueOf(`the ${of}'s ${field}`, value, found[field]));
}

function compareApplication(
  { application: wanted }: WantedState,
  { application: found, provider }: FoundState,
): readonly Difference[] {
  if (found === undefined) return [missingApplication(wanted, provider)];
  const fields = ['name', 'launchUrl', 'policyEngineMode'] as const;
  return [
    ...fields
      .filter((field) => wanted[field] !== found[field])
      .map((field) => {
        // A launch page that is not asked for is not named in the blueprint either.
        const byHand = field === 'launchUrl' && wanted.launchUrl === '' ? 'Empty its launch URL.' : undefined;
        const difference = valueOf(`the application's ${field}`, wanted[field], found[field], byHand);
        // Who is in one of several groups is let in then.
        const opened = field === 'policyEngineMode' && wanted[field] === 'all';
        return opened ? { ...difference, alarm: true as const } : difference;
      }),
    ...compareFurther('application', wanted.further, found.further),
    ...(found.linked === true ? [] : [{ what: 'the application is not linked to the provider' }]),
  ];
}

/** A provider has one application: where people gave that another slug, the blueprint could make no second one. */
function missingApplication({ slug }: ApplicationData, provider: FoundState['provider']): Difference {
  const what = `application "${slug}" does not exist`;
  const other = renamedTo({ slug }, provider);
  if (other === undefined) return { what };
  return {
    what: `${what}: provider "${provider?.name}" is that of application "${other}"`,
    expected: JSON.stringify(slug),
    found: JSON.stringify(other),
    byHand: `Give application "${other}" its slug "${slug}" back, for the issuer and every consumer go by it.`,
  };
}

/** The slug under which the provider's application is there; undefined where it has none, or this one. */
function renamedTo({ slug }: Pick<ApplicationData, 'slug'>, provider: FoundState['provider']): string | undefined {
  const other = provider?.applicationSlug ?? undefined;
  return other === slug ? undefined : other;
}

function compareAccess(wanted: WantedState, found: FoundState): readonly Difference[] {
  // An application that has another slug was not looked for, so nobody has read its bindings.
  if (found.application === undefined && renamedTo(wanted.application, found.provider) !== undefined) return [];
  const open = found.application === undefined ? [] : openOf(wanted.bindings, found.bindings);
  return [...compareBindings(wanted.bindings, found.bindings), ...open];
}

function compareGroup(wanted: GroupData, groups: readonly GroupData[]): readonly Difference[] {
  const found = groups.find((group) => group.name === wanted.name);
  if (found === undefined) return [{ what: `group "${wanted.name}" does not exist` }];
  const missing = wanted.members.filter((member) => !found.members.includes(member));
  const superuser: Difference = {
    what: `group "${wanted.name}" makes its members superusers`,
    alarm: true,
    byHand: `Take the superuser status from group "${wanted.name}".`,
  };
  return [
    ...missing.map((member) => ({ what: `group "${wanted.name}" does not hold ${member}` })),
    ...(found.isSuperuser ? [superuser] : []),
  ];
}

function compareUser(wanted: UserData, users: FoundState['users']): readonly Difference[] {
  const found = users.find((user) => user.username === wanted.username);
  if (found === undefined) return [{ what: `service account "${wanted.username}" does not exist` }];
  return (['name', 'type', 'isActive'] as const)
    .filter((field) => wanted[field] !== found[field])
    .map((field) => {
      const byHand = field === 'isActive' ? `Activate the service account "${wanted.username}".` : undefined;
      return valueOf(`the ${field} of "${wanted.username}"`, wanted[field], found[field], byHand);
    });
}
