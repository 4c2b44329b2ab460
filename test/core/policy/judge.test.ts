import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { allowLine } from '../../../core/policy/breach.ts';
import { breaches, NOTHING_STANDS, type Standing } from '../../../core/policy/judge.ts';
import { policySchema, type Policy } from '../../../core/installation/policy.ts';
import { standingOf } from '../../../core/policy/standing.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

type Spec = RegistrationInput['spec'];
type PolicyInput = Parameters<typeof policySchema.parse>[0];

const ansible = {
  kind: 'ansible' as const,
  role: 'zot',
  playbook: 'hosts/attic.yml',
  tags: ['zot'],
  template: { name: 'zot.json.j2', text: '{"secret": "<<clientSecret>>"}\n' },
  dest: '/etc/zot/oidc.json',
};
const secret = {
  kind: 'externalSecret' as const,
  file: 'apps/photos/oidc.yaml',
  name: 'photos-oidc',
  namespace: 'photos',
  cluster: 'hub',
  application: 'photos',
  secretStoreRef: { name: 'vault' },
};

function found(spec: Partial<Spec>, policy: PolicyInput = {}, standing: Standing = NOTHING_STANDS, inline = false) {
  const registration = checkRegistration(
    {
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name: 'zot' },
      spec: {
        displayName: 'Zot',
        redirectUris: ['https://zot.orchard.example/cb'],
        access: { groups: ['gardeners'] },
        ...spec,
      },
    },
    'test',
  );
  const installation = installationSchema.parse(caseInstallation);
  const names = resolveNames(registration, installation);
  return breaches({ registration, names, inline }, { ...installation, policy: policySchema.parse(policy) }, standing);
}

/** Key of the policy, what asks for it, and where that stands; `open` holds for those that are open by default. */
const CASES: readonly {
  readonly key: string;
  readonly spec: Partial<Spec>;
  readonly field: string;
  readonly closed?: Readonly<Record<string, object>>;
  readonly standing?: Partial<Standing>;
}[] = [
  { key: 'everyone', spec: { access: { everyone: true } }, field: 'spec.access.everyone' },
  { key: 'publicClients', spec: { clientType: 'public' }, field: 'spec.clientType' },
  { key: 'groups.bind', spec: {}, field: 'spec.access.groups.0', closed: { groups: { bind: ['friends'] } } },
  {
    key: 'groups.make',
    spec: { groups: [{ name: 'bots' }] },
    field: 'spec.groups.0.name',
    closed: { groups: { make: [] } },
  },
  {
    key: 'groups.withRoles',
    spec: { groups: [{ name: 'bots' }] },
    field: 'spec.groups.0.name',
    standing: { withRoles: [{ name: 'bots', roles: ['role "operator"'] }] },
  },
  {
    key: 'redirectUris.regex',
    spec: { redirectUris: [{ matchingMode: 'regex', url: String.raw`https://a\.orchard\.example/.*` }] },
    field: 'spec.redirectUris.0',
  },
  { key: 'redirectUris.schemes', spec: { redirectUris: ['app.immich:///cb'] }, field: 'spec.redirectUris.0' },
  { key: 'redirectUris.loopback', spec: { redirectUris: ['http://localhost:8085/cb'] }, field: 'spec.redirectUris.0' },
  {
    key: 'redirectUris.hosts',
    spec: {},
    field: 'spec.redirectUris.0',
    closed: { redirectUris: { hosts: ['*.meadow.example'] } },
  },
  {
    key: 'bindings.users',
    spec: { access: { groups: [], users: ['alice'] } },
    field: 'spec.access.users.0',
  },
  {
    key: 'bindings.policies',
    spec: { access: { groups: [], policies: ['office hours'] } },
    field: 'spec.access.policies.0',
  },
  ...(
    [
      ['flows', { authorizationFlow: 'ask-first' }],
      ['keys', { encryptionKey: 'to the service' }],
      ['subModes', { subMode: 'user_email' }],
      ['issuerModes', { issuerMode: 'global' }],
      ['accessCodeValidity', { accessCodeValidity: 'minutes=1;seconds=1' }],
      ['accessTokenValidity', { accessTokenValidity: 'days=1' }],
      ['refreshTokenValidity', { refreshTokenValidity: 'weeks=5' }],
    ] as const
  ).map(([key, provider]) => ({
    key: `provider.${key}`,
    spec: { provider },
    field: `spec.provider.${Object.keys(provider)[0]}`,
  })),
  {
    key: 'provider.grantTypes',
    spec: { provider: { grantTypes: ['authorization_code', 'client_credentials'] } },
    field: 'spec.provider.grantTypes.1',
  },
  {
    key: 'provider.scopeMappings',
    spec: { provider: { scopeMappings: ['email verified'] } },
    field: 'spec.provider.scopeMappings.0',
  },
  {
    key: 'provider.logoutHosts',
    spec: { provider: { logoutUri: 'https://zot.orchard.example/out' } },
    field: 'spec.provider.logoutUri',
    closed: { provider: { logoutHosts: ['*.meadow.example'] } },
  },
  { key: 'files', spec: { files: [{ path: 'ansible.cfg', text: '[defaults]\n' }] }, field: 'spec.files.0.path' },
  { key: 'ansible.destinations', spec: { consumers: [ansible] }, field: 'spec.consumers.0.dest' },
  {
    key: 'ansible.roles',
    spec: { consumers: [ansible] },
    field: 'spec.consumers.0.role',
    closed: { ansible: { roles: [], destinations: ['**'] } },
  },
  {
    key: 'ansible.playbooks',
    spec: { consumers: [ansible] },
    field: 'spec.consumers.0.playbook',
    closed: { ansible: { playbooks: [], destinations: ['**'] } },
  },
  {
    key: 'ansible.expressions',
    spec: { consumers: [{ ...ansible, notify: "{{ lookup('pipe', 'id') }}" }] },
    field: 'spec.consumers.0.notify',
    closed: { ansible: { destinations: ['**'] } },
  },
  {
    key: 'ansible.filters',
    spec: { consumers: [{ ...ansible, notify: '{{ a | ansible.builtin.password_hash("sha512") | trim }}' }] },
    field: 'spec.consumers.0.notify',
    closed: { ansible: { destinations: ['**'] } },
  },
  {
    key: 'probes.hosts',
    spec: { consumers: [{ kind: 'manual', name: 'a', steps: ['b'], probe: { url: 'http://10.0.0.1/' } }] },
    field: 'spec.consumers.0.probe.url',
    closed: { probes: { hosts: [] } },
  },
  {
    key: 'probes.loopback',
    spec: { consumers: [{ kind: 'manual', name: 'a', steps: ['b'], probe: { url: 'http://[::1]:8080/' } }] },
    field: 'spec.consumers.0.probe.url',
    closed: { probes: { loopback: false } },
  },
  {
    key: 'probes.private',
    spec: { consumers: [{ kind: 'manual', name: 'a', steps: ['b'], probe: { url: 'http://167772161/' } }] },
    field: 'spec.consumers.0.probe.url',
    closed: { probes: { private: false } },
  },
  {
    key: 'externalSecrets.clusters',
    spec: { consumers: [secret] },
    field: 'spec.consumers.0.cluster',
    closed: { externalSecrets: { clusters: [] } },
  },
  {
    key: 'externalSecrets.namespaces',
    spec: { consumers: [secret] },
    field: 'spec.consumers.0.namespace',
    closed: { externalSecrets: { namespaces: ['p'] } },
  },
  {
    key: 'externalSecrets.applications',
    spec: { consumers: [secret] },
    field: 'spec.consumers.0.application',
    closed: { externalSecrets: { applications: [] } },
  },
  {
    key: 'externalSecrets.kustomizations',
    spec: { consumers: [{ ...secret, fluxKustomization: 'media/orchard' }] },
    field: 'spec.consumers.0.fluxKustomization',
    closed: { externalSecrets: { kustomizations: ['*'] } },
  },
];

describe.each(CASES)('policy.$key', ({ key, spec, field, closed = {}, standing = {} }) => {
  it('refuses by the field, with the line that allows it, and allows it with that line', () => {
    const before = { ...NOTHING_STANDS, ...standing };
    const refused = found(spec, closed, before);
    expect(refused.map((breach) => breach.field)).toEqual([field]);
    const line = refused[0] === undefined ? '' : (allowLine(refused[0]) ?? '');
    expect(line).toContain(key.split('.').at(-1));
    const opened = (parse(line) as { policy: Record<string, Record<string, unknown>> }).policy;
    const [outer = '', inner] = key.split('.');
    const both =
      inner === undefined ? { ...closed, ...opened } : { ...closed, [outer]: { ...closed[outer], ...opened[outer] } };
    expect(found(spec, both, before)).toEqual([]);
  });
});

it('every key of the policy is tried above, or in what follows', () => {
  const keys = Object.entries(policySchema.parse({})).flatMap(([outer, value]) =>
    Array.isArray(value) || typeof value !== 'object'
      ? [outer]
      : Object.keys(value).map((inner) => `${outer}.${inner}`),
  );
  const elsewhere = new Set(['inline', 'items', 'ansible.config']);
  expect(keys.filter((key) => !elsewhere.has(key)).toSorted()).toEqual(CASES.map(({ key }) => key).toSorted());
});

it('a registration in the input is refused, but for policy.inline', () => {
  expect(found({}, {}, NOTHING_STANDS, true)).toMatchObject([{ field: 'input', allow: 'inline: true' }]);
  expect(found({}, { inline: true }, NOTHING_STANDS, true)).toEqual([]);
});

it.each([
  ['displayName', { displayName: "{{ lookup('pipe', 'id') }}" }, []],
  [
    'template.text',
    { consumers: [{ ...ansible, template: { ...ansible.template, text: "<<clientSecret>>{{ q('pipe', 'id') }}" } }] },
    ['template.text'],
  ],
  [
    'a secret inside braces of the text',
    { consumers: [{ ...ansible, template: { ...ansible.template, text: '{{ <<clientSecret>> }}' } }] },
    ['template.text'],
  ],
  ['owner and group', { consumers: [{ ...ansible, owner: '{{ a.b() }}', group: '{% if a %}' }] }, ['owner', 'group']],
  ['a tag', { consumers: [{ ...ansible, tags: ["{{lookup('pipe')}}"] }] }, ['tags.0']],
] as const)('Jinja in %s', (_what, spec, fields) => {
  const policy = { ansible: { destinations: ['**'] } };
  expect(found(spec as unknown as Partial<Spec>, policy).map(({ field }) => field)).toEqual(
    fields.map((field) => `spec.consumers.0.${field}`),
  );
});

it.each(['http://169.254.169.254/latest/meta-data/', 'http://[fe80::1]/'])(
  'a probe of %s is allowed by no line',
  (url) => {
    const [breach] = found({ consumers: [{ kind: 'manual', name: 'a', steps: ['b'], probe: { url } }] });
    expect(breach).toBeDefined();
    expect(breach === undefined ? '' : allowLine(breach)).toBeUndefined();
  },
);

describe("what a consumer's own ExternalSecret may be by no line", () => {
  const of = (over: object) => found({ consumers: [{ ...secret, ...over }] });
  const data = { a: '{{ .clientSecret }}' };

  it.each([
    '.github/workflows/a.yml',
    '.github/CODEOWNERS',
    '.gitattributes',
    'apps/p/Makefile',
    'apps/p/.argocd-source.yaml',
    'apps/p/kustomization.yaml',
    'apps/p/Kustomization.yml',
    'apps/p/Chart.yaml',
    'Chart.yaml',
    'apps/p/.yaml',
  ])('file %s', (file) => {
    const breaches = of({ file });
    expect(breaches.map(({ field }) => field)).toEqual(['spec.consumers.0.file']);
    expect(breaches.map(allowLine)).toEqual([undefined]);
  });

  it.each([
    ['type', { type: 'kubernetes.io/service-account-token', data }],
    ['type', { type: 'bootstrap.kubernetes.io/token', data }],
    ['metadata.labels', { metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } }, data }],
  ])('%s of a Secret that gives rights by itself', (field, template) => {
    const breaches = of({ target: { template } });
    expect(breaches.map((breach) => breach.field)).toEqual([`spec.consumers.0.target.template.${field}`]);
    expect(breaches.map(allowLine)).toEqual([undefined]);
  });

  it('an ordinary one is taken', () => {
    const metadata = { labels: { 'app.kubernetes.io/part-of': 'argocd' } };
    expect(of({ target: { template: { type: 'Opaque', metadata, data } } })).toEqual([]);
  });
});

it('a destination that leads upwards is allowed by no line', () => {
  const [breach] = found(
    { consumers: [{ ...ansible, dest: '/etc/zot/../cron.d/a' }] },
    { ansible: { destinations: ['/etc/zot/**'] } },
  );
  expect(breach).toMatchObject({ field: 'spec.consumers.0.dest' });
  expect(breach?.allow).toBeUndefined();
});

describe('the probe of a consumer that stands', () => {
  const probed = {
    consumers: [{ kind: 'manual' as const, name: 'a', steps: ['b'], probe: { url: 'http://a.example/' } }],
  };
  const closed = { probes: { hosts: ['*.orchard.example'] } };
  it.each([
    ['is judged where it asks another address than before', ['http://b.orchard.example/'], 1],
    ['is judged where there was none', [], 1],
    ['stands where it asked that before', ['http://a.example/'], 0],
    ['stands with its consumer where nothing tells', undefined, 0],
  ])('%s', (_what, probes, refused) => {
    const standing = { ...NOTHING_STANDS, consumers: [0], ...(probes === undefined ? {} : { probes }) };
    expect(found(probed, closed, standing)).toHaveLength(refused);
  });
});

describe('what stands', () => {
  const wide: Policy = policySchema.parse({});
  const asked = {
    redirectUris: ['app.immich:///cb', 'app.other:///cb'],
    access: { everyone: true as const },
    files: [{ path: 'news/a.md', text: 'a\n' }],
    consumers: [ansible, { ...ansible, role: 'other', dest: '/opt/other' }],
  };

  it('is judged no more where the section says what is asked for; what is new is', () => {
    const registration = checkRegistration(
      {
        apiVersion: 'oidc-registrar/v1',
        kind: 'OidcClient',
        metadata: { name: 'zot' },
        spec: { displayName: 'Zot', ...asked },
      },
      'test',
    );
    const held = { redirectUris: [{ matchingMode: 'strict', url: 'app.immich:///cb' }], bound: [], groups: [] };
    const edits = [
      { entry: 'configMap', path: 'b.yaml', kind: 'updated' as const },
      { entry: 'template/0', path: 't', kind: 'alreadyThere' as const },
      { entry: 'template/1', path: 'u', kind: 'created' as const },
      { entry: 'file/0', path: 'news/a.md', kind: 'alreadyThere' as const },
    ];
    const changed = found(asked, wide, standingOf(registration, edits, held));
    expect(changed.map(({ field }) => field)).toEqual(['spec.redirectUris.1', 'spec.consumers.1.dest']);

    const unchanged = edits.map((edit) => ({ ...edit, kind: 'alreadyThere' as const }));
    expect(found(asked, wide, standingOf(registration, unchanged, held))).toEqual([]);
  });
});

it('a line for a key that is open to some things by default keeps them', () => {
  const provider: Spec['provider'] = {
    subMode: 'user_upn',
    issuerMode: 'global',
    grantTypes: ['authorization_code', 'implicit'],
  };
  const shown = (policy: PolicyInput) => found({ provider }, policy).map(({ allow }): unknown => parse(allow ?? ''));
  expect(shown({})).toEqual(
    expect.arrayContaining([
      { provider: { subModes: ['hashed_user_id', 'user_id', 'user_uuid', 'user_upn'] } },
      { provider: { issuerModes: ['per_provider', 'global'] } },
      { provider: { grantTypes: ['authorization_code', 'refresh_token', 'implicit'] } },
    ]),
  );
  expect(shown({ provider: { subModes: [] } })).toContainEqual({ provider: { subModes: ['user_upn'] } });
});
