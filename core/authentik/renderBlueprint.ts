import { deliveryOf } from '../kubernetes/delivery.ts';
import { RegistrarError } from '../base/errors.ts';
import { scalar } from '../edits/yaml/scalars.ts';
import type { Installation } from '../installation/installation.ts';
import { boundBy, boundLabel, type Bound, type BoundKind } from '../registration/boundTo.ts';
import { groupId } from '../registration/groupId.ts';
import {
  askedOf,
  FURTHER_FIELDS,
  furtherOf,
  grantSince,
  grantsOf,
  type FieldBlock,
  type FieldValue,
  type PlacedField,
} from '../registration/furtherFields.ts';
import type { Registration } from '../registration/registration.ts';
import { type End, endAsked, endWarnings } from './endOfAccess.ts';
import { providerSettings } from './providerSettings.ts';
import { hasReached, releaseWarnings } from './releases.ts';
import { secretEntry, type SecretInput, secretLines } from './secretLines.ts';
import { secretWarnings } from './secretObject.ts';
import { clientTypeOf, type EngineMode } from './wantedState.ts';

/** The models that a blueprint's `!Find` names, by the field it looks them up with. */
type FindModel = 'flow' | 'certificate' | 'scopeMapping' | 'namedMapping' | BoundKind;

export interface Find {
  readonly model: FindModel;
  readonly key: string;
}

export interface RenderedBlueprint {
  /** The file's text, as it stands in the ConfigMap's value: ends with one line break. */
  readonly text: string;
  /** What must resolve to exactly one object each. */
  readonly finds: readonly Find[];
  readonly warnings: readonly string[];
}

export interface BlueprintInput extends SecretInput {
  readonly installation: Installation;
  /** As `GET admin/version/` answers it. */
  readonly authentikVersion: string;
  /** Policy engine mode of an application which is there; `any` where absent. */
  readonly engineMode?: EngineMode;
}

/** Attribute of a group or service account that a client's blueprint has made, and not found: its value is the client's name. */
export const MADE_FOR = 'oidc-registrar-made-for';

/** Model and lookup field of each kind of `!Find`. */
const FIND: Readonly<Record<FindModel, readonly [string, string]>> = {
  flow: ['authentik_flows.flow', 'slug'],
  certificate: ['authentik_crypto.certificatekeypair', 'name'],
  scopeMapping: ['authentik_providers_oauth2.scopemapping', 'scope_name'],
  namedMapping: ['authentik_providers_oauth2.scopemapping', 'name'],
  group: ['authentik_core.group', 'name'],
  user: ['authentik_core.user', 'username'],
  policy: ['authentik_policies.policy', 'name'],
};

/**
 * Renders one client's blueprint: provider, application and bindings in one file, for it applies in one transaction and an
 * application without a binding is open to everyone. Throws `Refused` for an Authentik version nobody has tried, and for one that
 * keeps client secrets as objects, unless registrar.yaml allows them.
 */
export function renderBlueprint(input: BlueprintInput): RenderedBlueprint {
  const { secretObject, authentikVersion, installation } = input;
  const warnings = [
    ...(secretObject === undefined ? [] : secretWarnings(secretObject.dialect, authentikVersion, installation)),
    ...releaseWarnings(authentikVersion, installation),
    ...endWarnings(input.registration, authentikVersion),
  ];
  refuseUnknownFields(input);
  const finds: Find[] = [];
  const find = (model: FindModel, key: string): string => {
    if (!finds.some((known) => known.model === model && known.key === key)) finds.push({ model, key });
    const [name, field] = FIND[model];
    return `!Find [${name}, [${field}, ${scalar(key, true)}]]`;
  };
  const bound = boundBy(input.registration.spec.access);
  const isBound = (group: Group): boolean => bound.some(({ kind, name }) => kind === 'group' && name === group.name);
  const own = input.registration.spec.groups.filter(isBound);
  const rest = input.registration.spec.groups.filter((group) => !isBound(group));
  const sections = [
    // A group of our own that a binding names must stand above it: !KeyOf reaches back only.
    ...own.flatMap((group) => groupEntries(input, group)),
    ...secretEntry(input),
    providerEntry(input, find),
    applicationEntry(input, find),
    ...bound.map((each, order) => {
      const isOwn = each.kind === 'group' && own.some((group) => group.name === each.name);
      return bindingEntry(input, each, order, isOwn, find);
    }),
    ...rest.flatMap((group) => groupEntries(input, group)),
  ];
  const text = [...header(input), ...sections.flatMap((section, i) => (i === 0 ? section : ['', ...section]))].join(
    '\n',
  );
  return { text: `${text}\n`, finds, warnings };
}

/** A blueprint without the provider's grant types, which those of before 2026.5 do not name. */
export function withoutGrantTypes(text: string): string {
  return text.replace(/^ +grant_types: .*\n/m, '');
}

/** A release takes an attribute that it does not have in silence. Throws `Refused`. */
function refuseUnknownFields({ registration, authentikVersion }: BlueprintInput): void {
  const { spec } = registration;
  const asked = FURTHER_FIELDS.filter((row) => askedOf(spec, row) !== undefined);
  const logout = spec.redirectUris.findIndex(({ type }) => type !== undefined);
  const unknown = [
    ...(logout === -1 ? [] : [[`redirectUris.${logout}.type`, 'redirect_uri_type', '2026.5'] as const]),
    ...(spec.provider?.grantTypes ?? []).map(
      (grant, i) => [`provider.grantTypes.${i}`, grant, grantSince(grant)] as const,
    ),
    ...asked.map(({ block, name, attribute, since }) => [`${block}.${name}`, attribute, since] as const),
  ].filter(([, , since]) => since !== undefined && !hasReached(authentikVersion, since));
  if (unknown.length === 0) return;
  const fields = unknown.map(
    ([place, attribute, since]) => `spec.${place} (${attribute}) is known since Authentik ${since}`,
  );
  throw new RegistrarError({
    system: 'registration file',
    kind: 'Refused',
    message: `${fields.join(', ')}, and this is ${authentikVersion}`,
    remedy: 'Leave it out of the registration, or upgrade Authentik.',
  });
}

function header({ registration, names }: BlueprintInput): readonly string[] {
  const { displayName, description } = registration.spec;
  return [
    'version: 1',
    'metadata:',
    `  name: ${scalar(names.blueprintName)}`,
    '  labels:',
    `    blueprints.goauthentik.io/description: ${JSON.stringify(description ?? `${displayName} OIDC provider and application`)}`,
    'entries:',
  ];
}

type Finder = (model: FindModel, key: string) => string;

function providerEntry(input: BlueprintInput, find: Finder): readonly string[] {
  const { registration, installation, names } = input;
  const { spec } = registration;
  const provider = providerSettings(registration, installation);
  return [
    `  # OAuth2 provider for ${spec.displayName}`,
    '  - model: authentik_providers_oauth2.oauth2provider',
    `    id: ${names.slug}-provider`,
    '    identifiers:',
    `      name: ${scalar(names.providerName)}`,
    '    attrs:',
    `      name: ${scalar(names.providerName)}`,
    `      authorization_flow: ${find('flow', provider.authorizationFlow)}`,
    `      invalidation_flow: ${find('flow', provider.invalidationFlow)}`,
    `      client_type: ${clientTypeOf(registration)}`,
    `      client_id: ${clientIdOf(names)}`,
    ...secretLines(input),
    `      grant_types: [${grantsOf(spec)
      .map((grant) => scalar(grant, true))
      .join(', ')}]`,
    '      redirect_uris:',
    ...spec.redirectUris.flatMap((uri) => [
      `        - matching_mode: ${uri.matchingMode}`,
      `          url: ${scalar(uri.url)}`,
      ...(uri.type === undefined ? [] : [`          redirect_uri_type: ${uri.type}`]),
    ]),
    `      signing_key: ${find('certificate', provider.signingKey)}`,
    '      property_mappings:',
    ...spec.scopes.map((scope) => `        - ${find('scopeMapping', scope)}`),
    ...(spec.provider?.scopeMappings ?? []).map((name) => `        - ${find('namedMapping', name)}`),
    `      sub_mode: ${provider.subMode}`,
    `      include_claims_in_id_token: ${provider.includeClaimsInIdToken}`,
    ...furtherLines('provider', registration, find),
  ];
}

/** What the registration asks for beside, by the rows of its block. */
function furtherLines(block: FieldBlock, { spec }: Registration, find: Finder): readonly string[] {
  const asked = furtherOf(spec, block) ?? {};
  return FURTHER_FIELDS.filter((row) => row.block === block && row.name in asked).map(
    (row) => `      ${row.attribute}: ${writtenValue(row, asked[row.name] ?? null, find)}`,
  );
}

function writtenValue({ is }: PlacedField, value: FieldValue, find: Finder): string {
  if (is === 'text') return scalar(value === null ? '' : String(value));
  return typeof value === 'string' && is !== 'flag' ? find(is, value) : String(value);
}

function clientIdOf({ keptId, clientIdVar, clientId }: BlueprintInput['names']): string {
  if (keptId !== undefined) return deliveryOf(keptId).yaml;
  return clientIdVar === undefined ? scalar(clientId) : `!Env ${clientIdVar}`;
}

function applicationEntry(
  { registration, names, engineMode = 'any' }: BlueprintInput,
  find: Finder,
): readonly string[] {
  const { displayName, launchUrl } = registration.spec;
  return [
    `  # ${displayName} application — linked to the OAuth2 provider`,
    '  - model: authentik_core.application',
    `    id: ${names.slug}-app`,
    '    identifiers:',
    `      slug: ${scalar(names.slug)}`,
    '    attrs:',
    `      name: ${scalar(displayName)}`,
    `      slug: ${scalar(names.slug)}`,
    `      provider: !KeyOf ${names.slug}-provider`,
    ...(launchUrl === undefined ? [] : [`      meta_launch_url: ${scalar(launchUrl)}`]),
    `      policy_engine_mode: ${engineMode}`,
    ...furtherLines('launcher', registration, find),
  ];
}

/**
 * Identified by target and order, the group among the attributes: with the group among the identifiers, a later change of
 * group would add a binding and leave the old one its access.
 */
function bindingEntry(
  input: BlueprintInput,
  { kind, name }: Bound,
  order: number,
  own: boolean,
  find: Finder,
): readonly string[] {
  const { names, registration } = input;
  const reference = own ? `!KeyOf ${groupId(name)}` : find(kind, name);
  return [
    `  # Policy binding — restrict ${registration.spec.displayName} to ${kind === 'group' ? `${name} group` : `${kind} ${name}`}`,
    '  - model: authentik_policies.policybinding',
    '    identifiers:',
    `      order: ${order}`,
    `      target: !KeyOf ${names.slug}-app`,
    '    attrs:',
    `      target: !KeyOf ${names.slug}-app`,
    `      ${kind}: ${reference}`,
    `      order: ${order}`,
    '      enabled: true',
    '      negate: false',
    '      timeout: 30',
    ...endLines(endAsked(registration.spec.access, boundLabel({ kind, name }))),
  ];
}

/** Both fields, for a binding that ends no more keeps its date otherwise. */
function endLines(end: End | undefined): readonly string[] {
  if (end === undefined) return [];
  return [`      expiring: ${end !== null}`, `      expires: ${end === null ? 'null' : scalar(end, true)}`];
}

type Group = Registration['spec']['groups'][number];

function groupEntries({ registration }: BlueprintInput, group: Group): readonly (readonly string[])[] {
  const comment = group.comment ?? `created for ${registration.spec.displayName}`;
  const entry = [
    `  # ${group.name} group — ${comment}`,
    ...markEntry(registration, 'authentik_core.group', [['name', group.name]]),
    '  - model: authentik_core.group',
    `    id: ${groupId(group.name)}`,
    '    identifiers:',
    `      name: ${scalar(group.name)}`,
    '    attrs:',
    `      name: ${scalar(group.name)}`,
  ];
  return [entry, ...group.serviceAccounts.map((account) => serviceAccountEntry(registration, group, account))];
}

/**
 * An entry that makes an object which is not there, with the job's mark. Authentik passes over it where the object exists, and the
 * entry that follows leaves attributes alone: so what was there before never bears the mark, nor what a person makes anew.
 */
function markEntry(
  { metadata }: Registration,
  model: string,
  fields: readonly (readonly [string, string])[],
): readonly string[] {
  const [identifier = ['', '']] = fields;
  return [
    `  - model: ${model}`,
    '    state: created',
    '    identifiers:',
    `      ${identifier[0]}: ${scalar(identifier[1])}`,
    '    attrs:',
    ...fields.map(([field, value]) => `      ${field}: ${scalar(value)}`),
    '      attributes:',
    `        ${MADE_FOR}: ${scalar(metadata.name)}`,
  ];
}

function serviceAccountEntry(
  registration: Registration,
  group: Group,
  account: Group['serviceAccounts'][number],
): readonly string[] {
  const name = account.name ?? account.username;
  return [
    `  # Service account of ${group.name}`,
    ...markEntry(registration, 'authentik_core.user', [
      ['username', account.username],
      ['name', name],
      ['type', 'service_account'],
      ['path', 'service-accounts'],
    ]),
    '  - model: authentik_core.user',
    '    identifiers:',
    `      username: ${scalar(account.username)}`,
    '    attrs:',
    `      username: ${scalar(account.username)}`,
    `      name: ${scalar(name)}`,
    '      type: service_account',
    '      path: service-accounts',
    '      groups:',
    `        - !KeyOf ${groupId(group.name)}`,
  ];
}
