import { expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { failChange } from './changes.ts';
import { deregister } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// One client with many further fields of provider and application through its whole life.

const { installation, ...layout } = await sampleLayout('manual');
const policy = {
  ...installation.policy,
  bindings: { users: ['akadmin'], policies: ['office hours'] },
  provider: { flows: ['default-*'], accessTokenValidity: 'hours=8', subModes: ['user_email' as const] },
};

let bed: TestBed;
useTestBed({ layout: { ...layout, installation: { ...installation, policy } } }, (started) => {
  bed = started;
});

const { consumers: _consumers, ...spec } = clientNamed('tool').spec;
const plain: RegistrationInput = { ...clientNamed('tool'), spec };
const asked: RegistrationInput = {
  ...plain,
  spec: {
    ...spec,
    access: { groups: ['gardeners'], users: ['akadmin'], policies: ['office hours'] },
    provider: {
      authorizationFlow: 'default-provider-authorization-explicit-consent',
      authenticationFlow: 'default-authentication-flow',
      encryptionKey: null,
      subMode: 'user_email',
      accessTokenValidity: 'hours=8',
      refreshTokenValidity: 'days=7',
      logoutUri: 'https://tool.example/logout',
      logoutMethod: 'frontchannel',
    },
    launcher: { group: 'Tools', publisher: 'Gardeners', icon: '/static/tool.svg', openInNewTab: true },
  },
};

const rows = () => bed.world.authentik.database.rows;
const provider = () => rows().providers.find(({ client_id: id }) => id === 'tool');
const application = () => rows().applications.find(({ slug }) => slug === 'tool');
const flow = (slug: string) => rows().fixtures.find(({ fields }) => fields['slug'] === slug)?.pk;

/** User, policy and group of the application's bindings, in their order. */
const bound = () =>
  rows()
    .bindings.filter(({ target }) => target === application()?.pk)
    .toSorted((a, b) => a.order - b.order)
    .map(({ group, user, policy: by }) => [group !== null, user, by]);

const expected = () => ({
  authorization_flow: flow('default-provider-authorization-explicit-consent'),
  authentication_flow: flow('default-authentication-flow'),
  encryption_key: null,
  sub_mode: 'user_email',
  access_token_validity: 'hours=8',
  refresh_token_validity: 'days=7',
  logout_uri: 'https://tool.example/logout',
  logout_method: 'frontchannel',
});
const SHOWN = { group: 'Tools', meta_publisher: 'Gardeners', meta_icon: '/static/tool.svg', open_in_new_tab: true };

async function found(): Promise<readonly string[]> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('tool'), args: [{ client: 'tool' }] };
  const { findings } = (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  return findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
}

it('a registered client gets them, or keeps what people had set where that fails', async () => {
  rows().fixtures.push({
    pk: 'c0ffee00-0000-4000-8000-000000000000',
    model: 'authentik_policies_expression.expressionpolicy',
    fields: { name: 'office hours', expression: 'return True' },
  });
  bed.world.permissions.add('view_policy');
  await bed.register('tool', plain);
  Object.assign(provider() ?? {}, { access_token_validity: 'minutes=7', logout_uri: 'https://theirs.example/' });
  Object.assign(application() ?? {}, { group: 'Theirs', meta_publisher: 'Theirs' });
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'tool' });

  expect((await bed.fail('tool', asked)).kept).toEqual([]);

  await bed.expectAsBefore(before);
  await bed.heal();
  expect((await bed.register('tool', asked)).checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(provider()).toMatchObject(expected());
  expect(application()).toMatchObject(SHOWN);
  expect(bound()).toEqual([
    [true, null, null],
    [false, 5, null],
    [false, null, 'c0ffee00-0000-4000-8000-000000000000'],
  ]);
  expect((await bed.register('tool', asked)).outcome).toBe('unchanged');
});

it('check tells what somebody has changed, and a repair gives it back', async () => {
  await bed.world.repository.commitAs('ada', { 'oidc-clients/tool.yaml': JSON.stringify(asked) }, 'tool signs in');
  await bed.world.settled();
  Object.assign(provider() ?? {}, { access_token_validity: 'days=9', authentication_flow: null });
  Object.assign(application() ?? {}, { group: '' });

  expect(await found()).toEqual([
    expect.stringContaining('authenticationFlow'),
    expect.stringContaining('accessTokenValidity is "days=9", not "hours=8"'),
    expect.stringContaining('group is null, not "Tools"'),
  ]);
  await bed.register('tool', { client: 'tool', repair: true });

  expect(provider()).toMatchObject(expected());
  expect(application()).toMatchObject(SHOWN);
  expect(await found()).toEqual([]);
});

it('a registration that no longer names them leaves them as they are', async () => {
  const { provider: _provider, launcher: _launcher, ...bare } = asked.spec;
  const shorter = {
    ...asked,
    spec: { ...bare, provider: { authorizationFlow: asked.spec.provider?.authorizationFlow } },
  };

  await bed.register('tool', shorter);

  expect(provider()).toMatchObject({ ...expected(), sub_mode: 'hashed_user_id' });
  expect(application()).toMatchObject(SHOWN);
});

it('what the policy does not allow is refused by its field, before anything is changed', async () => {
  const before = await bed.world.snapshot();
  const further = { ...asked.spec.provider, accessTokenValidity: 'days=30', authorizationFlow: 'open-to-all' };

  const { message } = await bed.fail('tool', { ...asked, spec: { ...asked.spec, provider: further } });

  expect(message).toContain('spec.provider.accessTokenValidity: days=30 is longer than hours=8');
  expect(message).toContain('spec.provider.authorizationFlow: flow "open-to-all" is not allowed');
  await bed.expectAsBefore(before);
});

it('nothing of it is left by a deregistration', async () => {
  await bed.register('tool', asked);

  await deregister(bed, 'tool');

  expect([provider(), application()]).toEqual([undefined, undefined]);
});
