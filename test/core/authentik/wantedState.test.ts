import { describe, expect, it } from 'vitest';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import {
  compareState,
  differencesOf,
  wantedState,
  type FoundState,
  type ProviderData,
} from '../../../core/authentik/wantedState.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

function wantedOf(spec: object = {}) {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const installation = installationSchema.parse(caseInstallation);
  return wantedState(registration, installation, resolveNames(registration, installation));
}

const provider: ProviderData = {
  name: 'Zot',
  clientId: 'zot',
  clientType: 'confidential',
  authorizationFlow: 'default-provider-authorization-implicit-consent',
  invalidationFlow: 'default-provider-invalidation-flow',
  signingKey: 'authentik Self-signed Certificate',
  scopes: ['openid', 'email', 'profile'],
  redirectUris: [{ matchingMode: 'strict', url: 'https://registry.example.test/zot/auth/callback/oidc' }],
  subMode: 'hashed_user_id',
  includeClaimsInIdToken: true,
  grantTypes: ['authorization_code', 'refresh_token'],
};
const application = {
  name: 'Zot',
  slug: 'zot',
  launchUrl: 'https://registry.example.test',
  policyEngineMode: 'any',
  linked: true,
};
const binding = { order: 0, group: 'admins', enabled: true, negate: false };
const group = { name: 'artifact-workloads', isSuperuser: false, members: ['svc-artifact-ci'] };
const user = { username: 'svc-artifact-ci', name: 'CI push to the registry', type: 'service_account', isActive: true };

/** Authentik as it is asked for, with this difference. */
function found(difference: Partial<FoundState> = {}): FoundState {
  return { provider, application, bindings: [binding], groups: [group], users: [user], ...difference };
}

describe('wantedState', () => {
  it('is what the blueprint of Zot gives', () => {
    expect(wantedOf()).toEqual(found());
  });

  it('has no binding for everyone, one a group in their order, and no launch page where none is asked', () => {
    expect(wantedOf({ access: { everyone: true } }).bindings).toEqual([]);
    expect(wantedOf({ access: { groups: ['b', 'a'] } }).bindings).toEqual([
      { ...binding, group: 'b' },
      { ...binding, group: 'a', order: 1 },
    ]);
    expect(wantedOf({ launchUrl: undefined }).application.launchUrl).toBe('');
  });
});

describe('compareState', () => {
  const compare = (difference: Partial<FoundState>, spec: object = {}): readonly string[] =>
    compareState(wantedOf(spec), found(difference));

  it('finds no difference where there is none, in whatever order sets are answered', () => {
    expect(compare({})).toEqual([]);
    const scopes = provider.scopes.toReversed();
    expect(compare({ provider: { ...provider, scopes, grantTypes: ['refresh_token', 'authorization_code'] } })).toEqual(
      [],
    );
  });

  it('lets people add members and groups, and an older Authentik have no grant types', () => {
    const members = ['svc-artifact-ci', 'a-person'];
    expect(
      compare({
        groups: [
          { ...group, members },
          { ...group, name: 'other', isSuperuser: true },
        ],
      }),
    ).toEqual([]);
    expect(compare({ users: [user, { ...user, username: 'other', isActive: false }] })).toEqual([]);
    expect(compare({ provider: { ...provider, grantTypes: undefined } })).toEqual([]);
  });

  it.each<[Partial<ProviderData>, string]>([
    [{ name: 'Other' }, `the provider's name is "Other", not "Zot"`],
    [{ clientId: 'other' }, `the provider's clientId is "other", not "zot"`],
    [{ clientType: 'public' }, `ALARM: the provider's clientType is "public", not "confidential"`],
    [
      { authorizationFlow: 'pk1' },
      `the provider's authorizationFlow is "pk1", not "default-provider-authorization-implicit-consent"`,
    ],
    [{ invalidationFlow: null }, `the provider's invalidationFlow is null, not "default-provider-invalidation-flow"`],
    [{ signingKey: null }, `the provider's signingKey is null, not "authentik Self-signed Certificate"`],
    [{ subMode: 'user_email' }, `the provider's subMode is "user_email", not "hashed_user_id"`],
    [{ includeClaimsInIdToken: false }, `the provider's includeClaimsInIdToken is false, not true`],
    [{ scopes: ['openid', 'email'] }, `the provider's scope mappings lack profile`],
    [{ scopes: [...provider.scopes, 'groups'] }, `the provider's scope mappings also hold groups`],
    [{ grantTypes: [] }, `the provider's grant types lack authorization_code, refresh_token`],
    [
      { grantTypes: ['authorization_code', 'refresh_token', 'implicit'] },
      `the provider's grant types also hold implicit`,
    ],
    [
      { redirectUris: [] },
      `the provider's redirect URIs lack strict https://registry.example.test/zot/auth/callback/oidc`,
    ],
    [
      { redirectUris: [...provider.redirectUris, { matchingMode: 'regex', url: '.*' }] },
      `the provider's redirect URIs also hold regex .*`,
    ],
    [
      { redirectUris: [...provider.redirectUris, { ...provider.redirectUris[0], type: 'logout' } as never] },
      `the provider's redirect URIs also hold strict https://registry.example.test/zot/auth/callback/oidc (logout)`,
    ],
    [
      { redirectUris: [...provider.redirectUris, ...provider.redirectUris] },
      `the provider's redirect URIs hold duplicates`,
    ],
  ])('says so where the provider has %j', (difference, sentence) => {
    expect(compare({ provider: { ...provider, ...difference } })).toEqual([sentence]);
  });

  it('says of a redirect URI under another matching mode both what lacks and what is too much', () => {
    const [uri] = provider.redirectUris;
    const redirectUris = [{ url: uri?.url ?? '', matchingMode: 'regex' }];
    expect(compare({ provider: { ...provider, redirectUris } })).toEqual([
      `the provider's redirect URIs lack strict https://registry.example.test/zot/auth/callback/oidc`,
      `the provider's redirect URIs also hold regex https://registry.example.test/zot/auth/callback/oidc`,
    ]);
  });

  it.each<[object, string]>([
    [{ name: 'Other' }, `the application's name is "Other", not "Zot"`],
    [{ launchUrl: '' }, `the application's launchUrl is "", not "https://registry.example.test"`],
    [{ policyEngineMode: 'all' }, `the application's policyEngineMode is "all", not "any"`],
    [{ linked: false }, 'the application is not linked to the provider'],
  ])('says so where the application has %j', (difference, sentence) => {
    expect(compare({ application: { ...application, ...difference } })).toEqual([sentence]);
  });

  it('says what does not exist', () => {
    expect(compare({ provider: undefined, application: undefined, bindings: [], groups: [], users: [] })).toEqual([
      'provider "Zot" does not exist',
      'application "zot" does not exist',
      "the application's bindings lack 0 admins",
      'group "artifact-workloads" does not exist',
      'service account "svc-artifact-ci" does not exist',
    ]);
  });

  it.each([
    ['another slug', 'registry', ': provider "Zot" is that of application "registry"', true],
    ['its own slug, which the token may not see', 'zot', '', false],
    ['none', null, '', false],
    ['none that is told', undefined, '', false],
  ])('says where an application that is missed may be: its provider has %s', (_, applicationSlug, more, byHand) => {
    const [difference] = differencesOf(
      wantedOf(),
      found({ application: undefined, provider: { ...provider, applicationSlug } }),
    );
    expect(difference?.what).toBe(`application "zot" does not exist${more}`);
    expect(difference?.byHand !== undefined).toBe(byHand);
  });

  it.each<[string, FoundState['bindings'], readonly string[]]>([
    [
      'another group',
      [{ ...binding, group: 'all' }],
      ["the application's bindings lack 0 admins", "the application's bindings also hold 0 all"],
    ],
    [
      'one more group',
      [binding, { ...binding, group: 'all', order: 1 }],
      ["the application's bindings also hold 1 all"],
    ],
    [
      'another order',
      [{ ...binding, order: 5 }],
      ["the application's bindings lack 0 admins", "the application's bindings also hold 5 admins"],
    ],
    [
      'a negation',
      [{ ...binding, negate: true }],
      [
        "the application's bindings lack 0 admins",
        "the application's bindings also hold 0 admins negated",
        'ALARM: a negated binding lets everyone in who is not of admins',
      ],
    ],
    ['the same twice', [binding, binding], ["the application's bindings hold duplicates"]],
  ])('says so where the bindings have %s', (_, bindings, sentences) => {
    expect(compare({ bindings })).toEqual(sentences);
  });

  it.each<[string, FoundState['bindings']]>([
    ['no binding', []],
    ['only disabled ones', [{ ...binding, enabled: false }]],
  ])('raises an alarm where the application has %s: it is open to everyone', (_, bindings) => {
    const sentences = compare({ bindings });
    expect(sentences).toHaveLength(bindings.length + 2);
    expect(sentences.at(-1)).toBe('ALARM: the application has no enabled binding, so everyone may sign in');
  });

  it('raises none where the application is for everyone, and says if it is closed', () => {
    expect(compare({ bindings: [] }, { access: { everyone: true } })).toEqual([]);
    expect(compare({}, { access: { everyone: true } })).toEqual(["the application's bindings also hold 0 admins"]);
  });

  it('says what groups and service accounts lack', () => {
    expect(compare({ groups: [{ ...group, members: [] }] })).toEqual([
      'group "artifact-workloads" does not hold svc-artifact-ci',
    ]);
    expect(compare({ groups: [{ ...group, isSuperuser: true }] })).toEqual([
      'ALARM: group "artifact-workloads" makes its members superusers',
    ]);
    expect(compare({ users: [{ ...user, type: 'internal', isActive: false, name: 'x' }] })).toEqual([
      'the name of "svc-artifact-ci" is "x", not "CI push to the registry"',
      'the type of "svc-artifact-ci" is "internal", not "service_account"',
      'the isActive of "svc-artifact-ci" is false, not true',
    ]);
  });
});

describe('differencesOf', () => {
  const byHand = (difference: Partial<FoundState>) =>
    differencesOf(wantedOf(), found(difference)).map((each) => each.byHand !== undefined);

  it.each<[string, Partial<FoundState>]>([
    [
      'a redirect URI',
      { provider: { ...provider, redirectUris: [{ matchingMode: 'strict', url: 'https://x.test/' }] } },
    ],
    ['a removed binding', { bindings: [] }],
    ['a disabled binding', { bindings: [{ ...binding, enabled: false }] }],
    ['another group', { bindings: [{ ...binding, group: 'all' }] }],
    ['grant types', { provider: { ...provider, grantTypes: [] } }],
    ['a removed member', { groups: [{ ...group, members: [] }] }],
    ['what is gone', { provider: undefined, application: undefined, groups: [], users: [] }],
  ])('leaves %s to another apply of the blueprint', (_, difference) => {
    expect(byHand(difference)).not.toContain(true);
  });

  it.each<[string, Partial<FoundState>]>([
    ['a provider of another name', { provider: { ...provider, name: 'Other' } }],
    ['one binding more', { bindings: [binding, { ...binding, group: 'all', order: 1 }] }],
    [
      'one binding more, of a group with an unlucky name',
      { bindings: [binding, { ...binding, group: 'those who lack rights', order: 1 }] },
    ],
    ['two bindings of one order', { bindings: [binding, { ...binding, group: 'all' }] }],
    ['a group of superusers', { groups: [{ ...group, isSuperuser: true }] }],
    ['an account that was deactivated', { users: [{ ...user, isActive: false }] }],
  ])('names what a person must do about %s: a blueprint adds and updates, and removes nothing', (_, difference) => {
    expect(byHand(difference)).toEqual([true]);
  });
});
