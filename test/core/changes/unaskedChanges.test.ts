import { describe, expect, test } from 'vitest';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { updateSection } from '../../../core/edits/blueprint/updateSection.ts';
import { keptWarnings, unaskedChanges, unaskedOfSection } from '../../../core/changes/unaskedChanges.ts';
import { differencesOf, wantedState, type FoundState } from '../../../core/authentik/wantedState.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const input = clientNamed('zot');
const registration = checkRegistration(
  { ...input, spec: { ...input.spec, access: { groups: ['one', 'two'] } } },
  'test',
);
const wanted = wantedState(registration, installation, resolveNames(registration, installation));
const asAsked: FoundState = wanted;

function withMode(mode: 'any' | 'all') {
  return checkRegistration({ ...input, spec: { ...input.spec, access: { groups: ['one', 'two'], mode } } }, 'test');
}

function changesOf(found: FoundState): readonly string[] {
  return unaskedChanges(wanted, found, registration);
}

describe('a change that no registration asks for is told', () => {
  const provider = (fields: object): FoundState => ({ ...asAsked, provider: { ...wanted.provider, ...fields } });
  const binding = (fields: object): FoundState => ({
    ...asAsked,
    bindings: wanted.bindings.map((each) => (each.group === 'two' ? { ...each, ...fields } : each)),
  });
  const user = (fields: object): FoundState => ({
    ...asAsked,
    users: wanted.users.map((each) => ({ ...each, ...fields })),
  });

  test.each([
    ["the provider's subMode", provider({ subMode: 'user_email' })],
    ["the provider's clientType", provider({ clientType: 'public' })],
    ["the provider's includeClaimsInIdToken", provider({ includeClaimsInIdToken: false })],
    ["the provider's authorizationFlow", provider({ authorizationFlow: 'explicit-consent' })],
    ["the provider's signingKey", provider({ signingKey: null })],
    ["the provider's grant types", provider({ grantTypes: ['authorization_code'] })],
    [
      "the application's policyEngineMode",
      { ...asAsked, application: { ...wanted.application, policyEngineMode: 'all' } },
    ],
    [
      "the application's launchUrl",
      { ...asAsked, application: { ...wanted.application, launchUrl: 'https://x.example' } },
    ],
    ['enabled of the binding of group "two"', binding({ enabled: false })],
    ['negate of the binding of group "two"', binding({ negate: true })],
    ['isActive of service account "svc-zot"', user({ isActive: false })],
    ['type of service account "svc-zot"', user({ type: 'internal' })],
  ] as const)('%s', (what, found) => {
    const changes = changesOf(found);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toContain(`changes ${what} from `);
    expect(changes[0]?.includes('(HS256)')).toBe(what.endsWith('signingKey'));
  });

  test('but not that a launch page goes which the client was registered with', () => {
    const found = { ...asAsked, application: { ...wanted.application, launchUrl: 'https://x.example' } };
    const before = { ...registration, spec: { ...registration.spec, launchUrl: 'https://x.example' } };
    expect(unaskedChanges(wanted, found, registration, before)).toEqual([]);
  });

  test('and nothing else: neither what is as asked, nor what is asked for, nor what is not known', () => {
    expect(changesOf(asAsked)).toEqual([]);
    expect(changesOf(provider({ grantTypes: ['refresh_token', 'authorization_code'] }))).toEqual([]);
    expect(changesOf(provider({ redirectUris: [], scopes: [], subMode: undefined, grantTypes: undefined }))).toEqual(
      [],
    );
    expect(changesOf({ ...asAsked, provider: undefined, application: undefined, bindings: [], users: [] })).toEqual([]);
  });
});

describe('a binding by hand that lets people in where Authentik fails to ask', () => {
  const section = (attrs: string, name = 'Zot'): string => `version: 1
entries:
  - model: authentik_core.application
    id: app
    identifiers: {slug: zot}
    attrs: {name: ${name}}
  - model: authentik_policies.policybinding
    identifiers: {target: !KeyOf app, order: 0}
    attrs:
      group: !Find [authentik_core.group, [name, one]]
${attrs}`;
  const byHand = section('      failure_result: true\n');

  test('is told where the change takes that from it', () => {
    const after = updateSection(byHand, section('', 'Zot 2'), { described: false });
    expect(after).toContain('failure_result: false');
    expect(unaskedOfSection([byHand], [after])).toEqual([
      'changes failure_result of the binding of order 0 from true to false, which the registration does not ask for',
    ]);
  });

  test.each([
    ['stays', byHand, byHand],
    ['is not there', section(''), section('', 'Zot 2')],
    ['cannot be read', 'entries: [', byHand],
  ])('and not where it %s', (_what, before, after) => {
    expect(unaskedOfSection([before], [after])).toEqual([]);
  });
});

describe('an engine mode that people have set', () => {
  const kept = wantedState(registration, installation, resolveNames(registration, installation), 'all');

  test('is what is asked for, and any other one is an alarm', () => {
    expect(differencesOf(kept, kept)).toEqual([]);
    expect(differencesOf(kept, asAsked)).toMatchObject([{ alarm: true, found: '"any"', expected: '"all"' }]);
    expect(differencesOf(wanted, kept)[0]).not.toHaveProperty('alarm');
  });

  test('is told with the word for it where the registration has none', () => {
    expect(keptWarnings(kept, registration)).toMatchObject([
      expect.stringMatching(/every one of one, two may sign in; write "mode: all" under spec\.access/) as string,
    ]);
    expect(keptWarnings({ ...kept, bindings: kept.bindings.slice(0, 1) }, registration)).toEqual([]);
    expect(keptWarnings(wanted, registration)).toEqual([]);
    expect(keptWarnings(kept, withMode('all'))).toEqual([]);
  });

  test('is an unasked change only where the registration does not name it', () => {
    expect(unaskedChanges(wanted, kept, registration)).toEqual([expect.stringContaining('policyEngineMode') as string]);
    expect(unaskedChanges(wanted, kept, withMode('any'))).toEqual([]);
  });
});
