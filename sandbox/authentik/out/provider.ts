import { secretOf } from '../secrets.ts';
import type { Application, Provider, Rows } from '../state.ts';
import type { Version } from '../version.ts';

function providerHead(row: Provider, rows: Rows) {
  const application = rows.applications.find((candidate) => candidate.provider === row.pk);
  return {
    pk: row.pk,
    name: row.name,
    authentication_flow: row.authentication_flow,
    authorization_flow: row.authorization_flow,
    invalidation_flow: row.invalidation_flow,
    property_mappings: row.property_mappings,
    component: 'ak-provider-oauth2-form',
    assigned_application_slug: application?.slug ?? null,
    assigned_application_name: application?.name ?? null,
    assigned_backchannel_application_slug: null,
    assigned_backchannel_application_name: null,
    verbose_name: 'OAuth2/OpenID Provider',
    verbose_name_plural: 'OAuth2/OpenID Providers',
    meta_model_name: 'authentik_providers_oauth2.oauth2provider',
  };
}

/** `withSecret: false` leaves the secret out, as a release may that shows it to fewer tokens. */
export function providerOut(row: Provider, rows: Rows, version: Version, withSecret = true) {
  return {
    ...providerHead(row, rows),
    client_type: row.client_type,
    ...(version.grantTypes ? { grant_types: row.grant_types } : {}),
    client_id: row.client_id,
    ...(withSecret ? { client_secret: secretOf(rows, row) } : {}),
    ...(version.secrets === undefined ? {} : { [version.secrets.providerField]: row.secret_ref }),
    access_code_validity: row.access_code_validity,
    access_token_validity: row.access_token_validity,
    refresh_token_validity: row.refresh_token_validity,
    refresh_token_threshold: row.refresh_token_threshold,
    include_claims_in_id_token: row.include_claims_in_id_token,
    signing_key: row.signing_key,
    encryption_key: row.encryption_key,
    redirect_uris: row.redirect_uris.map(({ redirect_uri_type = 'authorization', ...uri }) =>
      version.redirectUriTypes ? { ...uri, redirect_uri_type } : uri,
    ),
    logout_uri: row.logout_uri,
    logout_method: row.logout_method,
    sub_mode: row.sub_mode,
    issuer_mode: row.issuer_mode,
    jwt_federation_sources: row.jwt_federation_sources,
    jwt_federation_providers: row.jwt_federation_providers,
  };
}

export function applicationOut(row: Application, rows: Rows, version: Version): unknown {
  const provider = rows.providers.find((candidate) => candidate.pk === row.provider);
  const [uri] = provider?.redirect_uris ?? [];
  return {
    pk: row.pk,
    ...(version.fieldsOf2026_8 ? { pbm_uuid: row.pk } : {}),
    name: row.name,
    slug: row.slug,
    provider: row.provider,
    provider_obj: provider === undefined ? null : providerHead(provider, rows),
    backchannel_providers: [],
    backchannel_providers_obj: [],
    launch_url: row.meta_launch_url || launchUrlOf(uri?.url),
    open_in_new_tab: row.open_in_new_tab,
    meta_launch_url: row.meta_launch_url,
    meta_icon: row.meta_icon,
    meta_icon_url: iconUrlOf(row),
    meta_icon_themed_urls: null,
    meta_description: row.meta_description,
    meta_publisher: row.meta_publisher,
    policy_engine_mode: row.policy_engine_mode,
    group: row.group,
    ...(version.fieldsOf2026_8 ? { meta_hide: row.meta_hide } : {}),
  };
}

/** An icon's own address, an icon font's name, or a file among Authentik's. */
function iconUrlOf({ meta_icon }: Application): string | null {
  if (meta_icon === '') return null;
  return /^(https?:\/\/|fa:\/\/|\/)/.test(meta_icon) ? meta_icon : `/files/media/public/${meta_icon}`;
}

/**
 * As Authentik guesses it from the first redirect URI (`authentik/providers/oauth2/models.py`, `launch_url`): Python's urlparse without the
 * path, so a pattern or an app's scheme gives something too. Brackets in the place of a host are an error there, and give null.
 */
export function launchUrlOf(redirectUri: string | undefined): string | null {
  const [, scheme, host = '', rest = ''] =
    /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?[^?#]*(.*)$/s.exec(redirectUri ?? '') ?? [];
  if (scheme === undefined || /[[\]]/.test(host)) return null;
  return host === '' ? `${scheme.toLowerCase()}:${rest}` : `${scheme.toLowerCase()}://${host}${rest}`;
}
