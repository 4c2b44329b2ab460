import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { installationSchema, type InstallationInput } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

type Spec = RegistrationInput['spec'];

function render(
  spec: Partial<Spec> = {},
  installation: Partial<InstallationInput> = {},
  authentikVersion = '2026.2.2',
) {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const resolved = installationSchema.parse({ ...caseInstallation, ...installation });
  const names = resolveNames(registration, resolved);
  return renderBlueprint({ registration, installation: resolved, names, authentikVersion });
}

const zot = `version: 1
metadata:
  name: BlumeOps Zot SSO
  labels:
    blueprints.goauthentik.io/description: "Zot OIDC provider and application"
entries:
  # OAuth2 provider for Zot
  - model: authentik_providers_oauth2.oauth2provider
    id: zot-provider
    identifiers:
      name: Zot
    attrs:
      name: Zot
      authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
      client_type: confidential
      client_id: zot
      client_secret: !Env AUTHENTIK_ZOT_CLIENT_SECRET
      grant_types: [authorization_code, refresh_token]
      redirect_uris:
        - matching_mode: strict
          url: https://registry.example.test/zot/auth/callback/oidc
      signing_key: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]
      property_mappings:
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, openid]]
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, email]]
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, profile]]
      sub_mode: hashed_user_id
      include_claims_in_id_token: true

  # Zot application — linked to the OAuth2 provider
  - model: authentik_core.application
    id: zot-app
    identifiers:
      slug: zot
    attrs:
      name: Zot
      slug: zot
      provider: !KeyOf zot-provider
      meta_launch_url: https://registry.example.test
      policy_engine_mode: any

  # Policy binding — restrict Zot to admins group
  - model: authentik_policies.policybinding
    identifiers:
      order: 0
      target: !KeyOf zot-app
    attrs:
      target: !KeyOf zot-app
      group: !Find [authentik_core.group, [name, admins]]
      order: 0
      enabled: true
      negate: false
      timeout: 30

  # artifact-workloads group — CI may push new tags, not overwrite or delete them
  - model: authentik_core.group
    state: created
    identifiers:
      name: artifact-workloads
    attrs:
      name: artifact-workloads
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.group
    id: artifact-workloads-group
    identifiers:
      name: artifact-workloads
    attrs:
      name: artifact-workloads

  # Service account of artifact-workloads
  - model: authentik_core.user
    state: created
    identifiers:
      username: svc-artifact-ci
    attrs:
      username: svc-artifact-ci
      name: CI push to the registry
      type: service_account
      path: service-accounts
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.user
    identifiers:
      username: svc-artifact-ci
    attrs:
      username: svc-artifact-ci
      name: CI push to the registry
      type: service_account
      path: service-accounts
      groups:
        - !KeyOf artifact-workloads-group
`;

describe('renderBlueprint', () => {
  it('reads the secret from a file where that is how it is delivered', () => {
    const { authentik } = caseInstallation;
    const text = render({}, { authentik: { ...authentik, delivery: 'file', secretFolder: '/client-secrets' } }).text;
    const line = /^ +client_secret: .*$/m;
    expect(line.exec(text)?.[0].trim()).toBe('client_secret: !File /client-secrets/zot-client-secret');
    expect(text.replace(line, '')).toBe(render().text.replace(line, ''));
  });

  it('renders Zot: provider, application, binding, group and service account', () => {
    expect(render()).toEqual({
      text: zot,
      finds: [
        { model: 'flow', key: 'default-provider-authorization-implicit-consent' },
        { model: 'flow', key: 'default-provider-invalidation-flow' },
        { model: 'certificate', key: 'authentik Self-signed Certificate' },
        { model: 'scopeMapping', key: 'openid' },
        { model: 'scopeMapping', key: 'email' },
        { model: 'scopeMapping', key: 'profile' },
        { model: 'group', key: 'admins' },
      ],
      warnings: [],
    });
  });

  it('renders a client for everyone without a binding, and only what is asked', () => {
    const { launchUrl: _launchUrl, ...spec } = zotRegistration.spec;
    const registration = checkRegistration(
      {
        ...zotRegistration,
        metadata: { name: 'status-page' },
        spec: {
          ...spec,
          displayName: 'Status page',
          description: 'What is up: "all"',
          slug: 'status',
          clientId: 'abc123',
          scopes: ['openid'],
          access: { everyone: true },
          groups: [],
          redirectUris: [
            'https://status.example.test/callback',
            { matchingMode: 'regex', url: 'https://[a-z]+\\.example\\.test/#cb' },
            'app.example:/callback',
          ],
        },
      },
      'test',
    );
    const installation = installationSchema.parse({
      ...caseInstallation,
      provider: {
        subMode: 'user_email',
        includeClaimsInIdToken: false,
        signingKey: 'Key, 2026',
        authorizationFlow: 'a',
        invalidationFlow: 'b',
      },
    });
    const names = resolveNames(registration, installation);
    expect(renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0-rc1' }).text)
      .toBe(`version: 1
metadata:
  name: BlumeOps Status page SSO
  labels:
    blueprints.goauthentik.io/description: "What is up: \\"all\\""
entries:
  # OAuth2 provider for Status page
  - model: authentik_providers_oauth2.oauth2provider
    id: status-provider
    identifiers:
      name: Status page
    attrs:
      name: Status page
      authorization_flow: !Find [authentik_flows.flow, [slug, a]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, b]]
      client_type: confidential
      client_id: abc123
      client_secret: !Env AUTHENTIK_STATUS_PAGE_CLIENT_SECRET
      grant_types: [authorization_code, refresh_token]
      redirect_uris:
        - matching_mode: strict
          url: https://status.example.test/callback
        - matching_mode: regex
          url: https://[a-z]+\\.example\\.test/#cb
        - matching_mode: strict
          url: app.example:/callback
      signing_key: !Find [authentik_crypto.certificatekeypair, [name, "Key, 2026"]]
      property_mappings:
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, openid]]
      sub_mode: user_email
      include_claims_in_id_token: false

  # Status page application — linked to the OAuth2 provider
  - model: authentik_core.application
    id: status-app
    identifiers:
      slug: status
    attrs:
      name: Status page
      slug: status
      provider: !KeyOf status-provider
      policy_engine_mode: any
`);
  });

  it('puts an own group that is bound above its binding, and finds the others, in the order that is asked', () => {
    const { text, finds } = render({
      access: { groups: ['Build bots', 'admins'] },
      groups: [
        { name: 'readers' },
        { name: 'Build bots', serviceAccounts: [{ username: 'bot-1' }, { username: 'bot-2', name: 'on' }] },
      ],
    });
    const [before, provider] = [text.indexOf('  - model: authentik_core.group'), text.indexOf('  # OAuth2 provider')];
    expect(text.slice(text.indexOf('entries:'), provider)).toBe(`entries:
  # Build bots group — created for Zot
  - model: authentik_core.group
    state: created
    identifiers:
      name: Build bots
    attrs:
      name: Build bots
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.group
    id: build-bots-group
    identifiers:
      name: Build bots
    attrs:
      name: Build bots

  # Service account of Build bots
  - model: authentik_core.user
    state: created
    identifiers:
      username: bot-1
    attrs:
      username: bot-1
      name: bot-1
      type: service_account
      path: service-accounts
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.user
    identifiers:
      username: bot-1
    attrs:
      username: bot-1
      name: bot-1
      type: service_account
      path: service-accounts
      groups:
        - !KeyOf build-bots-group

  # Service account of Build bots
  - model: authentik_core.user
    state: created
    identifiers:
      username: bot-2
    attrs:
      username: bot-2
      name: "on"
      type: service_account
      path: service-accounts
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.user
    identifiers:
      username: bot-2
    attrs:
      username: bot-2
      name: "on"
      type: service_account
      path: service-accounts
      groups:
        - !KeyOf build-bots-group

`);
    expect(before).toBeLessThan(provider);
    expect(text.slice(text.indexOf('  # Policy binding'))).toBe(`  # Policy binding — restrict Zot to Build bots group
  - model: authentik_policies.policybinding
    identifiers:
      order: 0
      target: !KeyOf zot-app
    attrs:
      target: !KeyOf zot-app
      group: !KeyOf build-bots-group
      order: 0
      enabled: true
      negate: false
      timeout: 30

  # Policy binding — restrict Zot to admins group
  - model: authentik_policies.policybinding
    identifiers:
      order: 1
      target: !KeyOf zot-app
    attrs:
      target: !KeyOf zot-app
      group: !Find [authentik_core.group, [name, admins]]
      order: 1
      enabled: true
      negate: false
      timeout: 30

  # readers group — created for Zot
  - model: authentik_core.group
    state: created
    identifiers:
      name: readers
    attrs:
      name: readers
      attributes:
        oidc-registrar-made-for: zot
  - model: authentik_core.group
    id: readers-group
    identifiers:
      name: readers
    attrs:
      name: readers
`);
    expect(finds.filter(({ model }) => model === 'group')).toEqual([{ model: 'group', key: 'admins' }]);
  });

  it('names each object that must be found once', () => {
    const { finds } = render({}, { provider: { authorizationFlow: 'same', invalidationFlow: 'same' } });
    expect(finds.filter(({ model }) => model === 'flow')).toEqual([{ model: 'flow', key: 'same' }]);
  });
});

interface Entry {
  readonly model: string;
  readonly id?: string;
  readonly identifiers: Record<string, unknown>;
  readonly attrs: Record<string, unknown>;
}

/** The entries as Authentik's parser (YAML 1.1) or ours reads them; tags give their arguments. */
function entriesOf(text: string, version: '1.1' | '1.2'): readonly Entry[] {
  const document = parseDocument(text, { version, logLevel: 'silent' });
  expect(document.errors).toEqual([]);
  return (document.toJS() as { entries: Entry[] }).entries;
}

describe('what people wrote reads back as the same text', () => {
  const odd = [
    'Zot: the registry',
    'a #b',
    '*star',
    '&and',
    '!bang',
    'on',
    'No',
    '0755',
    '1e3',
    '2026-01-01',
    `"it's"`,
    'Ünïcode ✓ 漢字',
    '- dash',
    '{{ x }}',
    '% of',
    'who?',
    'x, y',
    '[z]',
    "$& $' $1",
  ];

  it.each(odd)('%j as name of application, group and service account', (text) => {
    for (const version of ['1.1', '1.2'] as const) {
      const entries = entriesOf(
        render({
          displayName: text,
          access: { groups: [text, 'admins'] },
          groups: [{ name: text, comment: text, serviceAccounts: [{ username: 'bot', name: text }] }],
        }).text,
        version,
      );
      const of = (model: string): Entry | undefined => entries.findLast((entry) => entry.model === model);
      expect(entries).toHaveLength(8);
      expect(of('authentik_core.group')?.attrs['name']).toBe(text);
      expect(of('authentik_core.group')?.identifiers['name']).toBe(text);
      expect(of('authentik_core.user')?.attrs['name']).toBe(text);
      expect(of('authentik_core.application')?.attrs['name']).toBe(text);
      expect(of('authentik_providers_oauth2.oauth2provider')?.attrs['name']).toBe(text);
      const own = entries.find(({ model }) => model === 'authentik_policies.policybinding');
      expect(own?.attrs['group']).toBe(of('authentik_core.group')?.id);
    }
  });

  it.each(odd)('%j as the group of a binding', (text) => {
    for (const version of ['1.1', '1.2'] as const) {
      const { text: blueprint, finds } = render({ access: { groups: [text] } });
      const binding = entriesOf(blueprint, version).find(({ model }) => model === 'authentik_policies.policybinding');
      expect(binding?.attrs['group']).toEqual(['authentik_core.group', ['name', text]]);
      expect(finds).toContainEqual({ model: 'group', key: text });
    }
  });

  it.each([...odd, '@bob', 'jürgen', 'bob@example.test'])('%j as user, policy, mapping and service account', (text) => {
    for (const version of ['1.1', '1.2'] as const) {
      const { text: blueprint } = render({
        access: { groups: [], users: [text], policies: [text] },
        provider: { scopeMappings: [text] },
      });
      const entries = entriesOf(blueprint, version);
      const [user, policy] = entries.filter(({ model }) => model === 'authentik_policies.policybinding');
      expect(user?.attrs['user']).toEqual(['authentik_core.user', ['username', text]]);
      expect(policy?.attrs['policy']).toEqual(['authentik_policies.policy', ['name', text]]);
      expect(entries[0]?.attrs['property_mappings']).toContainEqual([
        'authentik_providers_oauth2.scopemapping',
        ['name', text],
      ]);
      const groups = [{ name: 'a', serviceAccounts: [{ username: text }] }];
      const accounts = entriesOf(render({ groups }).text, version).filter(
        ({ model }) => model === 'authentik_core.user',
      );
      expect(accounts.map(({ identifiers }) => identifiers['username'])).toEqual([text, text]);
    }
  });

  it('never lets a comment end before its line, whatever was typed', () => {
    const typed = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(typed, (text) => {
        const spec = { displayName: text, description: text, groups: [{ name: 'readers', comment: text }] };
        let blueprint: string;
        try {
          blueprint = render(spec).text;
        } catch {
          // Refused by the schema: control characters and breaks of every kind never come this far.
          return;
        }
        expect(entriesOf(blueprint, '1.1').map(({ model }) => model)).toEqual([
          'authentik_providers_oauth2.oauth2provider',
          'authentik_core.application',
          'authentik_policies.policybinding',
          'authentik_core.group',
          'authentik_core.group',
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['a\nb', 'a\rb', 'a\u0085b', 'a\u2028b', 'a\u2029b', 'a\0b', 'a\ud800b', '   ', ' a', 'a '])(
    '%j is refused',
    (text) => {
      expect(() => render({ displayName: text })).toThrow('spec.displayName');
      expect(() => render({ groups: [{ name: 'x', comment: text }] })).toThrow('spec.groups.0.comment');
    },
  );
});

describe('the version of Authentik', () => {
  it.each(['2026.2', '2026.2.0', '2026.2.2', '2026.5.0-rc1', '2026.5', '2026.8.0', '2026.8.7', '2026.8.31'])(
    '%s is known',
    (version) => {
      expect(render({}, {}, version)).toMatchObject({ text: zot, warnings: [] });
    },
  );

  it.each(['2025.10.1', '2025.12.0'])('%s is taken with a warning', (version) => {
    expect(render({}, {}, version)).toMatchObject({
      text: zot,
      warnings: [
        `Authentik ${version} was not tried with this version of oidc-registrar; the read-back proves every field`,
      ],
    });
  });

  it.each(['2026.8.0-rc1', '2026.8.4-rc2', '2026.5.0-rc2'])('%s is a pre-release, which is told', (version) => {
    const { text, warnings } = render({}, {}, version);
    expect(text).toBe(zot);
    const [warning, ...others] = warnings;
    expect(others).toEqual([]);
    expect(warning).toContain(`Authentik ${version} is a pre-release`);
  });

  it.each([
    ['2024.12.1', '2024.12', 'Upgrade Authentik to 2025.10 or newer'],
    ['2025.1.0', '2025.1', 'Upgrade Authentik to 2025.10 or newer'],
    ['2026.11.0', '2026.11', 'Use a newer oidc-registrar'],
    ['2026.20.0', '2026.20', 'Use a newer oidc-registrar'],
    ['12026.2.0', '12026.2.0', 'Use a newer oidc-registrar'],
    ['next', 'next', 'Use a newer oidc-registrar'],
    ['', '', 'Use a newer oidc-registrar'],
  ])('%s is refused, with the line that allows it', (version, release, instead) => {
    expect(() => render({}, {}, version)).toThrow(
      expect.objectContaining({
        kind: 'Refused',
        system: 'Authentik',
        message: `Authentik ${version} is not a version that oidc-registrar knows (2025.10, 2025.12, 2026.2, 2026.5, 2026.8)`,
        remedy: `${instead}, or allow it in registrar.yaml: authentik.allowVersions: ["${release}"].`,
      }),
    );
  });

  it('that registrar.yaml allows is taken with a warning', () => {
    const authentik = { ...caseInstallation.authentik, allowVersions: ['2026.11'] };
    expect(render({}, { authentik }, '2026.11.4').warnings).toEqual([
      'Authentik 2026.11.4 was not tried with this version of oidc-registrar; the read-back proves every field',
    ]);
    expect(() => render({}, { authentik }, '2026.1.1')).toThrow('2026.1.1 is not a version');
  });
});
