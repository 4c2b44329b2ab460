import { readSection, type Section } from '../../core/edits/blueprint/blueprintSection.ts';
import { boundOf } from '../../core/edits/blueprint/boundIn.ts';
import { BINDING, GROUP } from '../../core/edits/blueprint/models.ts';
import { isSurplus } from '../../core/edits/blueprint/sameSection.ts';
import { textOf } from '../../core/edits/blueprint/sectionValues.ts';
import { boundLabel } from '../../core/registration/boundTo.ts';
import type { FieldBlock, FieldValues } from '../../core/registration/furtherFields.ts';
import type { Job } from '../../core/run/job.ts';
import { asAttributes, type ToldFields } from '../../core/authentik/providerSettings.ts';
import type { BindingBefore, Row, ValuesBefore } from '../../core/authentik/valuesBefore.ts';
import type { ApplicationRow, BindingRow, ProviderState, UserRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { boundTo } from '../state/authentikState.ts';
import { oldSection } from './oldBlueprint.ts';

/** What Authentik holds of a client that is about to be changed; no secret in it. */
export async function readValues(
  deps: Deps,
  job: Job,
  { application, provider }: { readonly application: ApplicationRow; readonly provider: ProviderState },
): Promise<ValuesBefore> {
  const bindings = await deps.authentik.bindings(application.pk);
  const old = await oldSection(deps, job);
  const asked = readSection(job.blueprint.asked ?? job.blueprint.text);
  const surplus = (old?.entries ?? []).filter((entry) => isSurplus(entry, asked));
  const named = (model: string, field: string): readonly string[] =>
    surplus.filter((entry) => entry.model === model).flatMap((entry) => textOf(entry.values[field]) ?? []);
  const usernames = usersOf(old);
  const users = await Promise.all(usernames.map((username) => deps.authentik.user(username)));
  return {
    provider: { ...providerValues(provider, job), ...furtherBefore('provider', provider, job.wanted.provider) },
    application: {
      ...applicationValues(application),
      ...furtherBefore('launcher', application, job.wanted.application),
    },
    bindings: bindings.map(bindingValues),
    users: users.filter((user) => user !== undefined).map(userValues),
    bindingsToGo: bindings.filter((row) => isNamed(row, old) && !isAsked(row, job)).map((row) => row.pk),
    dropped: { groups: named(GROUP, 'name'), users: named('authentik_core.user', 'username') },
  };
}

/** Of the rows of a block those that the change sets: what it leaves alone people may change meanwhile. */
function furtherBefore(
  block: FieldBlock,
  { further }: { readonly further: ToldFields },
  wanted: { readonly further?: FieldValues },
): Row {
  const set = Object.keys(wanted.further ?? {}).map((name) => [name, further[name]] as const);
  return asAttributes(block, Object.fromEntries(set));
}

/** Service accounts that the old blueprint speaks of. */
function usersOf(section: Section | undefined): readonly string[] {
  return (section?.entries ?? [])
    .filter((entry) => entry.model === 'authentik_core.user')
    .flatMap((entry) => textOf(entry.values['username']) ?? []);
}

/** Whether a binding was made by the old blueprint. */
function isNamed(row: BindingRow, old: Section | undefined): boolean {
  return (old?.entries ?? []).some((entry) => {
    const bound = boundOf(entry.values);
    const isTo = bound === undefined ? row.group === null : boundLabel(bound) === boundTo(row);
    return entry.model === BINDING && entry.values['order'] === row.order && isTo;
  });
}

/** Whether a binding is one that the registration asks for. */
export function isAsked(row: BindingRow, { wanted }: Pick<Job, 'wanted'>): boolean {
  return wanted.bindings.some(({ order, group }) => order === row.order && group === boundTo(row));
}

/** With the object that keeps its secret, where the run knows how Authentik calls that. */
export function providerValues(
  provider: ProviderState,
  { secretObject }: Pick<Job, 'secretObject'>,
): ValuesBefore['provider'] {
  return {
    pk: provider.pk,
    name: provider.name,
    client_type: provider.clientType,
    authorization_flow: provider.authorizationFlow,
    invalidation_flow: provider.invalidationFlow,
    signing_key: provider.signingKey,
    property_mappings: provider.propertyMappings?.toSorted(),
    redirect_uris: provider.redirectUris?.map(({ matchingMode, url, type }) => ({
      matching_mode: matchingMode,
      url,
      ...(type === undefined ? {} : { redirect_uri_type: type }),
    })),
    grant_types: provider.grantTypes,
    sub_mode: provider.subMode,
    include_claims_in_id_token: provider.includeClaimsInIdToken,
    ...(secretObject === undefined ? {} : { [secretObject.dialect.reference]: provider.secret }),
  };
}

export function applicationValues(application: ApplicationRow): ValuesBefore['application'] {
  return {
    pk: application.pk,
    name: application.name,
    provider: application.provider,
    meta_launch_url: application.metaLaunchUrl,
    policy_engine_mode: application.policyEngineMode,
  };
}

export function bindingValues(row: BindingRow): BindingBefore {
  const { pk, order, enabled, negate, timeout, failureResult: failure_result, user, policy, expiring, expires } = row;
  return {
    pk,
    order,
    enabled,
    negate,
    timeout,
    failure_result,
    group: row.group?.pk ?? null,
    user,
    policy,
    expiring,
    expires,
  };
}

export function userValues({ pk, username, name, type, isActive, groups }: UserRow): ValuesBefore['users'][number] {
  return { pk, username, name, type, is_active: isActive, groups: groups.toSorted() };
}
