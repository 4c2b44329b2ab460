import { describe, expect, it } from 'vitest';
import { diffLines } from 'diff';
import { renderBlueprint } from '../../../../core/authentik/renderBlueprint.ts';
import { readSection } from '../../../../core/edits/blueprint/blueprintSection.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { identityOf } from '../../../../core/edits/blueprint/sectionFacts.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { CannotEdit } from '../../../../core/edits/yaml/yamlDocument.ts';
import { installationSchema } from '../../../../core/installation/installation.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../../core/registration/registration.ts';
import { resolveNames } from '../../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../../fixtures/zot.ts';

type Spec = RegistrationInput['spec'];

const plain = { described: false };

function render(spec: Partial<Spec> = {}): string {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const installation = installationSchema.parse(caseInstallation);
  const names = resolveNames(registration, installation);
  return renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' }).text;
}

/** As a person wrote it, in the style of the neighbours of long ago: other order, other quotes, other references. */
const BY_HAND = `# Registered by hand, see the wiki
version: 1
metadata:
  name: Container registry
entries:
  # who may push
  - identifiers: {name: "artifact-workloads"}
    model: authentik_core.group
    id: pushers   # named below
  - model: authentik_core.user
    identifiers:
      username: 'svc-artifact-ci'
    attrs:
      path: robots
      name: CI push to the registry
      type: service_account
      groups: [!Find [authentik_core.group, [name, artifact-workloads]]]

  - model: authentik_providers_oauth2.oauth2provider
    id: provider
    identifiers:
      name: Zot
    attrs:
      access_code_validity: minutes=2 # slow phones
      client_id: zot
      client_secret: !Env [AUTHENTIK_ZOT_CLIENT_SECRET]
      property_mappings:
      - !Find [authentik_providers_oauth2.scopemapping, [scope_name, profile]]
      - !Find [authentik_providers_oauth2.scopemapping, [scope_name, openid]]
      - !Find [authentik_providers_oauth2.scopemapping, [scope_name, email]]
      grant_types:
      - refresh_token
      - authorization_code
      redirect_uris:
      # the one that works
      - url: "https://registry.example.test/zot/auth/callback/oidc"
        matching_mode: strict
      signing_key: !Find [authentik_crypto.certificatekeypair, [name, "authentik Self-signed Certificate"]]
      authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
  - model: authentik_core.application
    identifiers: {slug: zot}
    attrs:
      name: Zot
      provider: !Find [authentik_providers_oauth2.oauth2provider, [client_id, zot]]
      meta_launch_url: https://registry.example.test  # opens the UI
      meta_icon: https://registry.example.test/icon.png
  - model: authentik_policies.policybinding
    identifiers:
      target: !Find [authentik_core.application, [slug, zot]]
      group: !Find [authentik_core.group, [name, admins]]
      order: 0
`;

describe('a section made by hand', () => {
  it('says the same as ours in another style', () => {
    expect(sameSection(BY_HAND, render(), plain)).toBe(true);
    expect(updateSection(BY_HAND, render(), plain)).toBe(BY_HAND);
    expect(identityOf(readSection(BY_HAND))).toEqual({ slug: 'zot', providerName: 'Zot', clientId: 'zot' });
  });

  it.each([
    ['another order of the bindings', 'order: 0', 'order: 1'],
    ['a binding that is negated', 'order: 0', 'order: 0\n    attrs: {negate: true}'],
    ['another signing key', '"authentik Self-signed Certificate"', 'other'],
    ['a default for the secret', '[AUTHENTIK_ZOT_CLIENT_SECRET]', '[AUTHENTIK_ZOT_CLIENT_SECRET, changeme]'],
    ['a group of superusers', 'id: pushers   # named below', 'attrs: {is_superuser: true}'],
    [
      'a reference to an entry below',
      '[!Find [authentik_core.group, [name, artifact-workloads]]]',
      '[!KeyOf provider]',
    ],
    [
      'an application without a provider',
      '      provider: !Find [authentik_providers_oauth2.oauth2provider, [client_id, zot]]\n',
      '',
    ],
  ])('does not say the same with %s', (_what, from, to) => {
    expect(BY_HAND).toContain(from);
    expect(sameSection(BY_HAND.replace(from, to), render(), plain)).toBe(false);
  });
});

/** Lines that a change adds and removes. */
function changesOf(found: string, after: string) {
  const parts = diffLines(found, after);
  const lines = (which: 'added' | 'removed'): string[] =>
    parts.filter((part) => part[which]).flatMap((part) => part.value.replace(/\n$/, '').split('\n'));
  return { added: lines('added'), removed: lines('removed') };
}

const URI = 'https://registry.example.test/zot/auth/callback/oidc';
const CASES: readonly (readonly [string, Partial<Spec>, { added: string[]; removed: string[] }])[] = [
  [
    'a redirect URI more',
    { redirectUris: [URI, 'https://other.example.test/cb'] },
    { added: ['      - matching_mode: strict', '        url: https://other.example.test/cb'], removed: [] },
  ],
  [
    'another redirect URI',
    { redirectUris: ['https://other.example.test/cb'] },
    {
      added: ['      - matching_mode: strict', '        url: https://other.example.test/cb'],
      removed: ['      # the one that works', `      - url: "${URI}"`, '        matching_mode: strict'],
    },
  ],
  [
    'no launch page',
    { launchUrl: undefined },
    {
      added: ['      meta_launch_url: ""  # opens the UI'],
      removed: ['      meta_launch_url: https://registry.example.test  # opens the UI'],
    },
  ],
  [
    'a scope less',
    { scopes: ['openid', 'email'] },
    {
      added: [],
      removed: ['      - !Find [authentik_providers_oauth2.scopemapping, [scope_name, profile]]'],
    },
  ],
  [
    'another group',
    { access: { groups: ['staff'] } },
    {
      added: ['      group: !Find [authentik_core.group, [name, staff]]'],
      removed: ['      group: !Find [authentik_core.group, [name, admins]]'],
    },
  ],
  [
    'a group of its own that may sign in too',
    { access: { groups: ['admins', 'artifact-workloads'] } },
    {
      added: [
        '  # Policy binding — restrict Zot to artifact-workloads group',
        '  - model: authentik_policies.policybinding',
        '    identifiers:',
        '      order: 1',
        '      target: !Find [authentik_core.application, [slug, zot]]',
        '    attrs:',
        '      target: !Find [authentik_core.application, [slug, zot]]',
        '      group: !KeyOf pushers',
        '      order: 1',
        '      enabled: true',
        '      negate: false',
        '      timeout: 30',
      ].flatMap((line, i) => (i === 0 ? ['', line] : [line])),
      removed: [],
    },
  ],
];

describe('a change inside a section made by hand', () => {
  it.each(CASES)('%s', (_what, spec, { added, removed }) => {
    const wanted = render(spec);
    const after = updateSection(BY_HAND, wanted, plain);

    expect(changesOf(BY_HAND, after)).toEqual({ added, removed });
    expect(sameSection(after, wanted, plain)).toBe(true);
    expect(updateSection(after, wanted, plain)).toBe(after);
    // And back again: the same meaning as before.
    expect(sameSection(updateSection(after, render(), plain), BY_HAND, plain)).toBe(true);
  });

  it('takes entries out that are no longer asked for, and only those', () => {
    const after = updateSection(BY_HAND, render({ access: { everyone: true }, groups: [] }), plain);

    expect(changesOf(BY_HAND, after).added).toEqual([]);
    expect(after).not.toContain('policybinding');
    expect(after).not.toContain('svc-artifact-ci');
    expect(after).toContain('# slow phones');
  });

  it('refuses a text that is not of a client, or cannot be told apart', () => {
    expect(() => updateSection('version: 1\nentries: []\n', render(), plain)).toThrow(CannotEdit);
    expect(() => updateSection('a: [\n', render(), plain)).toThrow(CannotEdit);
  });
});

describe('a section of our own', () => {
  const specs: readonly Partial<Spec>[] = [
    {},
    ...CASES.map(([, spec]) => spec),
    { groups: [] },
    { groups: [{ name: 'team', serviceAccounts: [{ username: 'a' }, { username: 'b' }] }] },
    { access: { groups: ['team', 'admins'] }, groups: [{ name: 'team' }] },
    { access: { everyone: true } },
    { displayName: 'Zot', description: 'Another description' },
  ];
  const pairs = specs.flatMap((from) =>
    specs.map((to) => [JSON.stringify(from), JSON.stringify(to), from, to] as const),
  );

  it.each(pairs)('becomes another one: %s → %s', (_from, _to, from, to) => {
    const [before, wanted] = [render(from), render(to)];
    let after: string;
    try {
      after = updateSection(before, wanted, { described: true });
    } catch (error) {
      // A group that was made below its first binding cannot be named by it.
      expect(String(error)).toContain('must stand above');
      return;
    }
    expect(sameSection(after, wanted, { described: true })).toBe(true);
  });
});

describe('the marks of what a blueprint makes', () => {
  const MARK =
    /  - model: authentik_core\.(?:group|user)\n    state: created\n(?:    {1,6}.*\n)*? {8}oidc-registrar-made-for: zot\n/g;
  const group = (name: string) => ({ name, serviceAccounts: [{ username: `svc-${name}` }] });

  it('stand above each group and service account, and nowhere else', () => {
    expect(render({ groups: [group('one'), group('two')] }).match(MARK)).toHaveLength(4);
    expect(render({ groups: [] }).match(MARK)).toBeNull();
  });

  it('are no difference: a section of before there were any keeps its bytes', () => {
    const marked = render({ groups: [group('one')] });
    const before = marked.replaceAll(MARK, '');
    expect(before).not.toBe(marked);
    expect(updateSection(before, marked, plain)).toBe(before);
    expect(updateSection(marked, before, plain)).toBe(marked);
  });

  it('come with a group that a change adds, and leave those that stand as they are', () => {
    const before = render({ groups: [group('one')] }).replaceAll(MARK, '');
    const after = updateSection(before, render({ groups: [group('one'), group('two')] }), plain);
    expect(after.match(MARK)).toHaveLength(2);
    expect(diffLines(before, after).some(({ removed }) => removed)).toBe(false);
    expect(updateSection(after, render({ groups: [group('one')] }), plain)).toBe(before);
  });

  it('go with the group that they are of', () => {
    const both = render({ groups: [group('one'), group('two')] });
    expect(updateSection(both, render({ groups: [group('two')] }), plain)).toBe(render({ groups: [group('two')] }));
  });

  it.each([
    [
      'of another object',
      (text: string) =>
        text.replace(
          'name: one\n    attrs:\n      name: one\n      attributes',
          'name: else\n    attrs:\n      name: one\n      attributes',
        ),
    ],
    ['without the attribute', (text: string) => text.replaceAll('oidc-registrar-made-for', 'mine')],
  ])('are no marks %s: what Authentik makes once is of people, and stays', (_what, edit) => {
    const marked = render({ groups: [group('one')] });
    expect(edit(marked)).not.toBe(marked);
    const entries = (text: string) => readSection(text).entries;
    expect(entries(edit(marked)).length).toBeGreaterThan(entries(marked).length);
    expect(updateSection(edit(marked), marked, plain)).toBe(edit(marked));
  });
});
