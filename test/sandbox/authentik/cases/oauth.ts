import { expect } from 'vitest';
import type { Lab } from '../lab.ts';
import { readRecording, recordedNames, VERSIONS, type Recording } from '../recordings.ts';
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
  // These two, and the one with grant_types below, were sent with a session, which Authentik does not look at before it refuses.
  '03-authorize-bad-redirect',
  '03-authorize-unknown-client',
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
  '04-token-refresh-right-secret',
  '04-token-refresh-wrong-secret',
  '04-token-right-secret',
  '04-token-right-secret-no-code',
  '04-token-right-secret-no-code-no-uri',
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
  '05-revoke-right-secret',
  '05-revoke-unknown-client',
  '05-revoke-wrong-secret',
];

function writes(app: string, action: string): Case {
  return {
    ...withDemo,
    changes: ['events'],
    effect: (lab) => expect(lab.rows.events).toMatchObject([{ app, action }]),
  };
}

/** Comparing what is beyond ASCII crashes, and the crash is in the log. */
const crash = writes('authentik.events.middleware', 'system_exception');
/** A code with a redirect URI that is not registered: the log says that the client is configured wrongly. */
const badUri = writes('authentik.providers.oauth2.views.token', 'configuration_error');

/** The probes of a secret, as they were sent before the log was read; two events were there from the log-in before. */
async function probesOf(lab: Lab, { precondition }: Recording): Promise<void> {
  expect(precondition).toContain('after the token probes');
  await demo(lab);
  for (const action of ['login', 'user_write'])
    lab.rows.events.push({
      pk: crypto.randomUUID(),
      action,
      app: 'authentik.events.signals',
      context: {},
      created: '2026-11-24T14:00:00.000001Z',
    });
  const version = VERSIONS.find((each) => each.version === lab.version);
  if (version === undefined) throw new Error(`no recordings of ${lab.version}`);
  const names = recordedNames(version).filter((each) => /^(04-token|05-revoke)/.test(each));
  const isCrash = (name: string): number => Number(name.includes('nonascii'));
  for (const name of names.toSorted((a, b) => isCrash(a) - isCrash(b))) {
    const { request } = readRecording(version, name);
    if (request.form !== undefined)
      await lab.ask(request.method, request.path, { body: new URLSearchParams(request.form) });
  }
}

/** What anybody may ask without a session. None of it changes a row, but for the log: the test looks. */
export const OAUTH: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(DEMO_PROBES.map((name) => [name, withDemo])),
  '04-token-nonascii-secret': crash,
  '04-token-right-secret-no-uri': badUri,
  '04-token-right-secret-unregistered-uri': badUri,
  '05-events': { arrange: probesOf },
  '05-revoke-nonascii-secret': crash,
  '02-revoke-provider-with-empty-secret-empty': emptySecret,
  '02-revoke-provider-with-empty-secret-wrong': emptySecret,
  '02-token-provider-with-empty-secret-empty': emptySecret,
  '02-token-provider-with-empty-secret-wrong': emptySecret,
  '03-authorize-grant-types-empty': noGrants,
  '03-authorize-unauthenticated-grant_types-empty': noGrants,
  '03-revoke-grant-types-empty-right': noGrants,
  '03-revoke-grant-types-empty-wrong': noGrants,
  '03-token-grant-types-empty-right': noGrants,
  '03-token-grant-types-empty-wrong': noGrants,
  '17-revoke-public-client': client({ slug: 'zpub', clientType: 'public' }),
  '17-token-client-credentials-right': allowsCredentials,
  '17-token-client-credentials-wrong': allowsCredentials,
};
