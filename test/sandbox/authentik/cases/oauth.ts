import { alone, demo, type Case } from './case.ts';
import type { ClientText } from '../texts.ts';

const withDemo: Case = { arrange: async (lab) => void (await demo(lab)) };

function client(text: ClientText): Case {
  return { arrange: async (lab) => void (await alone(lab, text)) };
}

const emptySecret = client({ slug: 'q2lit', secret: '""' });
/** A blueprint without grant_types: the provider rejects every login from 2026.5 on. */
const noGrants = client({ slug: 'q3none', grantTypes: '' });
const allowsCredentials = client({
  slug: 'zcc',
  grantTypes: '[authorization_code, refresh_token, client_credentials]',
});

const DEMO_PROBES = [
  '03-authorize-unauthenticated-registered',
  '03-authorize-unauthenticated-unknown-client',
  '03-authorize-unauthenticated-unregistered',
  '04-token-basic-right',
  '04-token-basic-unknown-client',
  '04-token-basic-wrong',
  '04-token-client-credentials-not-listed',
  '04-token-empty-secret',
  '04-token-get',
  '04-token-grant-not-listed',
  '04-token-no-secret',
  '04-token-nonascii-secret',
  '04-token-refresh-right-secret',
  '04-token-refresh-wrong-secret',
  '04-token-right-secret',
  '04-token-right-secret-no-code',
  '04-token-right-secret-no-code-no-uri',
  '04-token-right-secret-no-uri',
  '04-token-right-secret-unregistered-uri',
  '04-token-unknown-client',
  '04-token-wrong-secret',
  '04-token-wrong-secret-no-code-no-uri',
  '04-token-wrong-secret-unregistered-uri',
  '05-introspect-right-secret',
  '05-introspect-unknown-client',
  '05-introspect-wrong-secret',
  '05-revoke-basic-empty',
  '05-revoke-basic-right',
  '05-revoke-basic-wrong',
  '05-revoke-empty-secret',
  '05-revoke-no-auth',
  '05-revoke-no-secret',
  '05-revoke-no-token-right',
  '05-revoke-nonascii-secret',
  '05-revoke-right-secret',
  '05-revoke-unknown-client',
  '05-revoke-wrong-secret',
];

/** What anybody may ask without a session. None of it changes a row: the test looks. */
export const OAUTH: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(DEMO_PROBES.map((name) => [name, withDemo])),
  '02-revoke-provider-with-empty-secret-empty': emptySecret,
  '02-revoke-provider-with-empty-secret-wrong': emptySecret,
  '02-token-provider-with-empty-secret-empty': emptySecret,
  '02-token-provider-with-empty-secret-wrong': emptySecret,
  '03-authorize-unauthenticated-grant_types-empty': noGrants,
  '03-revoke-grant-types-empty-right': noGrants,
  '03-revoke-grant-types-empty-wrong': noGrants,
  '03-token-grant-types-empty-right': noGrants,
  '03-token-grant-types-empty-wrong': noGrants,
  '17-revoke-public-client': client({ slug: 'zpub', clientType: 'public' }),
  '17-token-client-credentials-right': allowsCredentials,
  '17-token-client-credentials-wrong': allowsCredentials,
};
