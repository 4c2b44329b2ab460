import { newApplication, newBinding } from '../../../../sandbox/authentik/newRows.ts';
import { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { clientText } from '../texts.ts';
import { SECRET, type Lab } from '../lab.ts';
import { alone, application, DEMO, demo, group, provider, user, type Case } from './case.ts';

const withDemo: Case['arrange'] = async (lab) => void (await demo(lab));

async function r6(lab: Lab): Promise<void> {
  await alone(lab, { slug: 'r6', people: true });
}

const r6Provider: Case['arrange'] = async (lab) => {
  await r6(lab);
  return provider(lab, 'r6').pk;
};

/** The blueprint's binding changed from group admins to others: the group is among the identifiers, so the old one stays. */
async function groupChanged(lab: Lab): Promise<string> {
  const pod = await demo(lab);
  lab.group('others');
  pod.write(DEMO, clientText({ slug: 'demo', people: true, group: 'others' }));
  await lab.settled();
  return application(lab, 'demo').pk;
}

async function discovery(lab: Lab, path: string): Promise<number> {
  return (await lab.ask('GET', `/application/o/${path}/.well-known/openid-configuration`)).status;
}

function bare(lab: Lab): void {
  lab.rows.applications.push(newApplication({ name: 'bare', slug: 'bare' }));
}

async function revoked(lab: Lab, secret: string): Promise<number> {
  const body = new URLSearchParams({ client_id: 'zgood', client_secret: secret, token: 'none' });
  return (await lab.ask('POST', '/application/o/revoke/', { body })).status;
}

/** Reading back, who uses what, and deleting. */
export const OBJECTS: Readonly<Record<string, Case>> = {
  '09-application-used-by': { arrange: r6 },
  '09-binding-after-application-delete': {
    async arrange(lab) {
      await r6(lab);
      const [binding] = lab.rows.bindings;
      await lab.ask('DELETE', '/api/v3/core/applications/r6/', { token: 'token-of-the-administrator' });
      return binding?.pk;
    },
  },
  '09-delete-application-again': {},
  '09-delete-application': {
    changes: ['applications', 'bindings'],
    async arrange(lab) {
      await r6(lab);
      lab.rows.providers = [];
      application(lab, 'r6').provider = null;
    },
    effect(lab) {
      expect(lab.rows.applications).toEqual([]);
      expect(lab.rows.bindings, 'its bindings go along').toEqual([]);
    },
  },
  '09-delete-group': {
    changes: ['groups', 'users', 'bindings'],
    async arrange(lab) {
      await r6(lab);
      const { pk } = group(lab, 'r6-ci');
      lab.rows.bindings.push(newBinding({ group: pk, order: 1, target: application(lab, 'r6').pk }));
      return pk;
    },
    effect(lab) {
      expect(lab.rows.groups.some((row) => row.name === 'r6-ci')).toBe(false);
      expect(lab.rows.bindings, 'its bindings to any application go along').toMatchObject([
        { group: group(lab, 'admins').pk },
      ]);
      expect(user(lab, 'svc-r6').groups).toEqual([]);
    },
  },
  '09-delete-provider-again': {},
  '09-delete-provider': {
    changes: ['providers', 'applications'],
    arrange: r6Provider,
    async effect(lab) {
      expect(lab.rows.providers).toEqual([]);
      expect(application(lab, 'r6').provider, 'the application stays').toBeNull();
      expect(await discovery(lab, 'r6')).toBe(404);
    },
  },
  '09-delete-user': {
    changes: ['users'],
    async arrange(lab) {
      await r6(lab);
      return user(lab, 'svc-r6').pk;
    },
    effect: (lab) => expect(lab.rows.users.some((row) => row.username === 'svc-r6')).toBe(false),
  },
  '09-provider-used-by': { arrange: r6Provider },
  '10-application-by-slug': { arrange: withDemo },
  '10-application-missing': { arrange: withDemo },
  '10-bindings-by-target-app-pk': {
    async arrange(lab) {
      await demo(lab);
      return application(lab, 'demo').pk;
    },
  },
  '10-check-access': {
    async arrange(lab) {
      await demo(lab);
      return user(lab, 'svc-demo').pk;
    },
  },
  '10-group-admins': { arrange: withDemo },
  '10-group-by-name': { arrange: withDemo },
  '10-provider-by-pk-missing': { arrange: withDemo },
  '10-provider-by-pk': {
    async arrange(lab) {
      await demo(lab);
      return provider(lab, 'demo').pk;
    },
  },
  '10-provider-list-by-client-id': { arrange: withDemo },
  '10-provider-list-by-name': { arrange: withDemo },
  '10-provider-list-none': { arrange: withDemo },
  '10-provider-setup-urls': {
    async arrange(lab) {
      await demo(lab);
      return provider(lab, 'demo').pk;
    },
  },
  '10-user-by-name': { arrange: withDemo },
  '12-application-create-no-provider': {
    changes: ['applications'],
    effect: (lab) => expect(lab.rows.applications).toMatchObject([{ name: 'bare', slug: 'bare', provider: null }]),
  },
  '12-application-delete': {
    changes: ['applications'],
    arrange: bare,
    effect: (lab) => expect(lab.rows.applications).toEqual([]),
  },
  '12-discovery-app-without-provider': { arrange: bare },
  '12-discovery-unknown-slug': {},
  '12-discovery': { arrange: withDemo },
  '12-jwks': {
    arrange: withDemo,
    effect(_lab, { body }) {
      const { keys } = body as { keys: readonly { n: string; e: string; x5c: readonly string[] }[] };
      const [key] = keys;
      const certificate = new X509Certificate(Buffer.from(key?.x5c[0] ?? '', 'base64'));
      expect(certificate.publicKey.export({ format: 'jwk' }), 'its certificate is of that key').toMatchObject({
        n: key?.n,
        e: key?.e,
      });
    },
  },
  '13-api-create-application-collision': { arrange: withDemo },
  '13-api-create-provider-collision': {
    arrange: withDemo,
    body: (lab, recorded) => ({
      ...recorded,
      authorization_flow: provider(lab, 'demo').authorization_flow,
      invalidation_flow: provider(lab, 'demo').invalidation_flow,
    }),
  },
  '17-api-patch-client-secret': {
    async arrange(lab) {
      await alone(lab, { slug: 'zgood' });
      return provider(lab, 'zgood').pk;
    },
    changes: ['providers'],
    async effect(lab) {
      expect(await revoked(lab, 'DummySecretViaApiCCCCCCCCCC')).toBe(200);
      expect(await revoked(lab, SECRET), 'the old secret is wrong at once').toBe(401);
    },
  },
  '17-bindings-after-group-change': { arrange: groupChanged },
  '17-check-access-application-without-binding': {
    async arrange(lab) {
      await alone(lab, { slug: 'r7', group: 'admins', people: true });
      const admins = group(lab, 'admins');
      await lab.ask('DELETE', `/api/v3/core/groups/${admins.pk}/`, { token: 'token-of-the-administrator' });
      return user(lab, 'svc-r7').pk;
    },
  },
};
