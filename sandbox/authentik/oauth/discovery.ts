import type { StandInAnswer } from '../../kit/http.ts';
import type { Rows } from '../state.ts';
import type { Version } from '../version.ts';
import { HTML } from './answers.ts';

/** 404 without application or provider. It lists all grants regardless of the provider's. */
export function discoveryDocument(rows: Rows, version: Version, slug: string, base: string): StandInAnswer {
  const application = rows.applications.find((row) => row.slug === slug);
  const provider = rows.providers.find((row) => row.pk === application?.provider);
  if (provider === undefined) return { status: 404, body: '<html>Not Found</html>', headers: HTML };
  const scopes = provider.property_mappings.map(
    (pk) => rows.fixtures.find((row) => row.pk === pk)?.fields['scope_name'] ?? pk,
  );
  const at = (path: string): string => `${base}/application/o/${path}`;
  return {
    status: 200,
    body: {
      issuer: at(`${slug}/`),
      authorization_endpoint: at('authorize/'),
      token_endpoint: at('token/'),
      userinfo_endpoint: at('userinfo/'),
      end_session_endpoint: at(`${slug}/end-session/`),
      introspection_endpoint: at('introspect/'),
      revocation_endpoint: at('revoke/'),
      device_authorization_endpoint: at('device/'),
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      ...(version.frontchannelLogout
        ? { frontchannel_logout_supported: true, frontchannel_logout_session_supported: true }
        : {}),
      response_types_supported: [
        'code',
        'id_token',
        'id_token token',
        'code token',
        'code id_token',
        'code id_token token',
      ],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      jwks_uri: at(`${slug}/jwks/`),
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'implicit',
        'client_credentials',
        'password',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      id_token_signing_alg_values_supported: [provider.signing_key === null ? 'HS256' : 'RS256'],
      subject_types_supported: ['public'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      acr_values_supported: ['goauthentik.io/providers/oauth2/default'],
      scopes_supported: scopes,
      request_parameter_supported: false,
      claims_supported: [
        'sub',
        'iss',
        'aud',
        'exp',
        'iat',
        'auth_time',
        'acr',
        'amr',
        'nonce',
        'email',
        'email_verified',
        'name',
      ],
      claims_parameter_supported: false,
      code_challenge_methods_supported: ['plain', 'S256'],
    },
  };
}
