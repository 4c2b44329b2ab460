import { expect, it } from 'vitest';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { wantedState } from '../../core/authentik/wantedState.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { entriesOf } from '../../core/import/entries.ts';
import { askedOf } from '../../core/import/provider.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { mappingBreaches } from '../../core/policy/furtherFields.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const CLIENT = { name: 'zot', slug: 'zot', providerName: 'Zot', clientId: 'zot', sections: [] };

function clientOf(spec: Partial<RegistrationInput['spec']>) {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const names = resolveNames(registration, installation);
  const { text, finds } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.8.3' });
  return { registration, text, finds, wanted: wantedState(registration, installation, names) };
}

const OURS = { scopes: ['openid', 'profile'], provider: { scopeMappings: ['email verified', 'teams of a user'] } };
const LINE = '        - !Find [authentik_providers_oauth2.scopemapping, [name, teams of a user]]\n';
const { text, finds, wanted } = clientOf(OURS);
const silent = clientOf({ scopes: ['openid', 'profile'] }).text;
const named = { described: false, client: 'zot', mappings: true };
const unnamed = { described: false, client: 'zot' };

it('mappings that are asked for by name stand behind those of the scopes', () => {
  expect(text).toContain(LINE);
  expect(finds).toContainEqual({ model: 'namedMapping', key: 'email verified' });
  expect(wanted.provider.scopes).toEqual([
    'openid',
    'profile',
    'mapping "email verified"',
    'mapping "teams of a user"',
  ]);
});

it('are taken over from a section, and stand for the policy', () => {
  const notes: string[] = [];
  const entries = entriesOf([text], CLIENT);
  const asked = askedOf('zot', CLIENT, entries, { installation }, notes);
  expect(asked).toMatchObject(OURS);
  expect(notes).toEqual([]);
  const held = heldBySection([text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] });
  expect(held.mappings).toEqual(OURS.provider.scopeMappings);
});

it('come, and go where the registration names all that are to be there', () => {
  const added = updateSection(silent, text, named);
  expect(added.replace(/property_mappings:\n(?: {8}- .*\n)+/, '')).toBe(
    silent.replace(/property_mappings:\n(?: {8}- .*\n)+/, ''),
  );
  expect(added).toContain(LINE);
  const fewer = clientOf({ ...OURS, provider: { scopeMappings: ['email verified'] } }).text;
  expect(updateSection(text, fewer, named)).toBe(text.replace(LINE, ''));
  expect(updateSection(text, silent, named)).toBe(silent);
});

it('stay where the registration does not speak of any: nobody can tell which scope one is of', () => {
  expect(() => updateSection(text, silent, unnamed)).toThrow('spec.scopes');
});

it('one is named once', () => {
  expect(() => clientOf({ provider: { scopeMappings: ['a', 'a'] } })).toThrow('scope mapping "a" is named twice');
});

it('one of Authentik itself is not asked for by its scope, too', () => {
  const own = (scopes: string[]) =>
    clientOf({ scopes, provider: { scopeMappings: ["authentik default OAuth Mapping: OpenID 'email'"] } });
  expect(() => own(['openid', 'email'])).toThrow(
    `spec.provider.scopeMappings.0: mapping "authentik default OAuth Mapping: OpenID 'email'" is of scope "email", which spec.scopes names as well`,
  );
  expect(() => own(['openid', 'profile'])).not.toThrow();
});

it.each([
  ['goauthentik.io/api', 'authentik default OAuth Mapping: authentik API access'],
  ['groups', 'groups'],
])('of scope %s comes in where the policy allows it, or it stands', (scope, name) => {
  const asked = clientOf({ scopes: ['openid', scope] });
  const breaches = (allowed: readonly string[], standing?: readonly string[]) =>
    mappingBreaches(
      asked.registration,
      { ...installation.policy, provider: { ...installation.policy.provider, scopeMappings: [...allowed] } },
      standing,
    );
  expect(breaches([])).toMatchObject([
    { field: 'spec.scopes.1', message: expect.stringContaining('policy.provider.scopeMappings') },
  ]);
  expect(breaches([name])).toEqual([]);
  const held = (text: string) =>
    heldBySection([text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] }).mappings;
  expect(held(asked.text)).toHaveLength(1);
  expect(breaches([], held(asked.text))).toEqual([]);
  const byName = clientOf({ provider: { scopeMappings: [name] } });
  expect(breaches([], held(byName.text)), 'a name is no scope').toHaveLength(scope === name ? 1 : 0);
});

it.each(['openid', 'email', 'profile', 'offline_access', 'entitlements'])(
  "of scope %s is Authentik's own, which nobody judges",
  (scope) => {
    const { registration } = clientOf({ scopes: [...new Set(['openid', scope])] });
    expect(mappingBreaches(registration, installation.policy)).toEqual([]);
  },
);
