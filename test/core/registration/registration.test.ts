import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { RegistrarError } from '../../../core/base/errors.ts';
import { checkRegistration, readRegistration } from '../../../core/installation/readFiles.ts';
import { zotRegistration } from '../../fixtures/zot.ts';

const file = 'oidc-clients/wiki.yaml';
const minimal = `apiVersion: oidc-registrar/v1
kind: OidcClient
metadata:
  name: wiki
spec:
  displayName: Wiki
  redirectUris:
    - https://wiki.example.test/callback
  access:
    everyone: true
`;

/** What is wrong with a file, one problem a line. */
function problems(text: string): readonly string[] {
  try {
    readRegistration(text, file);
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    expect(error).toMatchObject({ kind: 'BadInput', system: 'registration file' });
    return error.message.split(';\n');
  }
  return [];
}

/** The minimal file with one line replaced or lines added under spec. */
function withSpec(lines: string): string {
  return `${minimal}${lines.replaceAll(/^(?=.)/gm, '  ')}`;
}

/** With these consumer lines; the consumer begins on line 12, each line after it follows. */
function withConsumer(...lines: readonly string[]): string {
  return withSpec(`consumers:\n  - ${lines.join('\n    ')}\n`);
}

const ansible = ['kind: ansible', 'role: wiki', 'playbook: site.yml', 'tags: [wiki]', 'dest: /etc/wiki'];
const externalSecret = [
  'kind: externalSecret',
  'file: apps/wiki/external-secret.yaml',
  'name: wiki-oidc',
  'namespace: wiki',
  'secretStoreRef: {name: vault}',
];
const template = 'template: {name: oidc.j2, text: "<<clientSecret>>"}';

describe('readRegistration', () => {
  it('fills in what is left out', () => {
    expect(readRegistration(withConsumer(...ansible, template), file)).toEqual({
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name: 'wiki' },
      spec: {
        displayName: 'Wiki',
        redirectUris: [{ matchingMode: 'strict', url: 'https://wiki.example.test/callback' }],
        scopes: ['openid', 'email', 'profile'],
        access: { everyone: true },
        groups: [],
        consumers: [
          {
            kind: 'ansible',
            role: 'wiki',
            rolesPath: 'ansible/roles',
            playbook: 'site.yml',
            tags: ['wiki'],
            template: { name: 'oidc.j2', text: '<<clientSecret>>' },
            dest: '/etc/wiki',
            mode: '0600',
            place: 'end',
            guard: 'when',
            apply: 'none',
          },
        ],
      },
    });
  });

  it('reads the same from a file as from an inline input', () => {
    expect(readRegistration(stringify(zotRegistration), file)).toEqual(checkRegistration(zotRegistration, 'input'));
  });

  it.each([
    'https://a.test/cb',
    'http://127.0.0.1:8080/',
    'https://a.test/cb?x=1',
    'com.example.app:/oauth',
    'myapp://callback',
    'HTTPS://A.test/',
    'http://[::1]/cb',
  ])('takes the redirect URI %s', (uri) => {
    expect(problems(minimal.replace('https://wiki.example.test/callback', uri))).toEqual([]);
  });

  it.each([
    'wiki.example.test/callback',
    '/callback',
    '//a.test/cb',
    'https://a.test/cb#frag',
    'https://a.test/#',
    'https://*.a.test/cb',
    'https://',
    'https:///cb',
    'https:/a.test/cb',
    'https:a.test',
    '"https://a.test/c b"',
    '" https://a.test/cb"',
    '""',
    '"  "',
    'javascript:alert(1)',
    'https://wiki.example.test@a.test/cb',
    'https://ada:word@a.test/cb',
    'data:text/html,x',
  ])('refuses the redirect URI %s, and says where it stands', (uri) => {
    expect(problems(minimal.replace('https://wiki.example.test/callback', uri))).toEqual([
      `${file}:8:7: spec.redirectUris.0: must be an absolute URI without user name, fragment, white space or "*" (RFC 6749, section 3.1.2)`,
    ]);
  });

  it('holds a strict URI in long form to the same rule, and lets a pattern be one', () => {
    const long = (mode: string, url: string): string =>
      minimal.replace('https://wiki.example.test/callback', `{matchingMode: ${mode}, url: '${url}'}`);
    expect(problems(long('regex', 'https://[a-z]*\\.a\\.test/#?'))).toEqual([]);
    expect(problems(long('strict', 'https://*.a.test'))).toHaveLength(1);
    expect(problems(long('regex', ' '))).toEqual([
      `${file}:8:34: spec.redirectUris.0.url: must be a pattern without white space`,
    ]);
    expect(problems(long('prefix', 'https://a.test'))).toEqual([
      `${file}:8:22: spec.redirectUris.0.matchingMode: must be one of "strict", "regex"`,
    ]);
  });
});

describe('a bad registration names line, column, field and fault', () => {
  it.each<[string, string, readonly string[]]>([
    ['an unknown key', withSpec('redirectUrls: []\n'), [':11:3: spec: unknown key "redirectUrls"']],
    [
      'two unknown keys',
      `${withSpec('a: 1\n')}b: 2\n`,
      [':11:3: spec: unknown key "a"', ':12:1: (the file): unknown key "b"'],
    ],
    ['a missing field', minimal.replace('  displayName: Wiki\n', ''), [':6:3: spec.displayName: is missing']],
    [
      'another type',
      minimal.replace('displayName: Wiki', 'displayName: [Wiki]'),
      [':6:16: spec.displayName: must be of type string, not array'],
    ],
    ['another apiVersion', minimal.replace('/v1', '/v2'), [':1:13: apiVersion: must be "oidc-registrar/v1"']],
    ['another kind', minimal.replace('OidcClient', 'Client'), [':2:7: kind: must be "OidcClient"']],
    ['an empty file', '', [':1:1: (the file): must be of type object, not null']],
    ['a list', '- a\n', [':1:1: (the file): must be of type object, not array']],
    [
      'no redirect URI',
      minimal.replace(/ {4}- https.*\n/, '').replace('redirectUris:', 'redirectUris: []'),
      [':7:17: spec.redirectUris: must have an entry'],
    ],
    [
      'a name with capitals',
      minimal.replace('name: wiki', 'name: Wiki'),
      [':4:9: metadata.name: must be 1 to 50 lower-case letters, digits or "-", not at an end'],
    ],
    [
      'a launch URL without scheme',
      withSpec('launchUrl: wiki.example.test\n'),
      [
        ':11:14: spec.launchUrl: must be a URL that begins with http:// or https://, or blank://blank to be on no launcher',
      ],
    ],
    [
      'a launch URL that is no page',
      withSpec('launchUrl: ftp://wiki.example.test\n'),
      [
        ':11:14: spec.launchUrl: must be a URL that begins with http:// or https://, or blank://blank to be on no launcher',
      ],
    ],
    [
      'a launch URL that nearly hides the application',
      withSpec('launchUrl: blank://wiki\n'),
      [
        ':11:14: spec.launchUrl: must be a URL that begins with http:// or https://, or blank://blank to be on no launcher',
      ],
    ],
    [
      'a launch URL with a blank',
      withSpec('launchUrl: https://a.test/a b\n'),
      [':11:14: spec.launchUrl: must be a URL without white space'],
    ],
    [
      'scopes without openid',
      withSpec('scopes: [email]\n'),
      [':11:11: spec.scopes: must hold "openid" (OpenID Connect Core, 3.1.2.1)'],
    ],
    [
      'both kinds of access',
      minimal.replace('everyone: true', 'everyone: true\n    groups: [a]'),
      [':10:5: spec.access: unknown key "everyone"'],
    ],
    ['no access', minimal.replace('  access:\n    everyone: true\n', ''), [':6:3: spec.access: is missing']],
    [
      'a vault field that is no key of a Secret',
      withSpec('vaultField: my secret\n'),
      [':11:15: spec.vaultField: must be letters, digits, ".", "_" or "-": it is also a key of a Kubernetes Secret'],
    ],
    [
      'a key that is no key of a Secret',
      withSpec('secretKey: my secret\n'),
      [':11:14: spec.secretKey: must be letters, digits, ".", "_" or "-": it is a key of a Kubernetes Secret'],
    ],
    [
      'a variable that no manifest can set',
      withSpec('envVar: zot-secret\n'),
      [':11:11: spec.envVar: must be the name of an environment variable'],
    ],
    [
      'a mode beside everyone',
      minimal.replace('everyone: true', 'everyone: true\n    mode: all'),
      [':11:5: spec.access: unknown key "mode"'],
    ],
    [
      'a client id that would break a template',
      withSpec(`clientId: 'a"b'\n`),
      [
        ':11:13: spec.clientId: must be 1 to 255 printable ASCII characters without spaces, quotes or any of \\ % < > { }',
      ],
    ],
    [
      'a client id of something else than a variable',
      withSpec('clientId: {file: /id}\n'),
      [':11:13: spec.clientId.envVar: is missing', ':11:14: spec.clientId: unknown key "file"'],
    ],
    [
      'a group that is named twice',
      withSpec('groups:\n  - name: a\n  - name: b\n  - name: a\n'),
      [':14:13: spec.groups.2.name: group "a" is named twice'],
    ],
    [
      'a binding that is named twice',
      minimal.replace('everyone: true', 'groups: [a, b, a]'),
      [':10:20: spec.access.groups.2: group "a" is named twice'],
    ],
    [
      'a redirect URI that is named twice',
      minimal.replace('  access', '    - https://wiki.example.test/callback\n  access'),
      [':9:7: spec.redirectUris.1: redirect URI "strict https://wiki.example.test/callback" is named twice'],
    ],
    [
      'a service account that is named twice',
      withSpec(
        'groups:\n  - {name: a, serviceAccounts: [{username: x}]}\n  - {name: b, serviceAccounts: [{username: x}]}\n',
      ),
      [':13:46: spec.groups.1.serviceAccounts.0.username: service account "x" is named twice'],
    ],
    [
      'groups whose ids in the blueprint would meet',
      withSpec('groups: [{name: Build bots}, {name: build-bots}]\n'),
      [
        ':11:39: spec.groups.1.name: group "build-bots" would have the same blueprint id as "Build bots"; change one of the names',
      ],
    ],
    ['groups of another script', withSpec('groups: [{name: 管理者}, {name: 利用者}]\n'), []],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(
      expected.map((problem) => (problem.startsWith(':') ? `${file}${problem}` : problem.trimStart())),
    );
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a manual consumer that says nothing',
      withConsumer('kind: manual', 'name: Jellyfin', 'steps: []'),
      [':14:14: spec.consumers.0.steps: must have an entry'],
    ],
    [
      'a manual consumer that would show the secret',
      withConsumer('kind: manual', 'name: Jellyfin', 'steps: ["paste <<clientSecret>>"]'),
      [
        ':14:15: spec.consumers.0.steps.0: must not hold <<clientSecret>>: the value would be read by people, or stand in Git',
      ],
    ],
    [
      'a manual consumer with a misspelt name',
      withConsumer('kind: manual', 'name: Jellyfin', 'steps: ["paste <<secret>>"]'),
      [
        ':14:15: spec.consumers.0.steps.0: <<secret>> stands for nothing; there are <<clientId>>, <<issuer>> and <<secretReference>>',
      ],
    ],
    [
      'a kustomization that does not stand above its file',
      withConsumer(...externalSecret, 'kustomization: apps/other/kustomization.yaml'),
      [
        ':17:22: spec.consumers.0.kustomization: must stand above the file: kustomize reads nothing outside its own folder',
      ],
    ],
    [
      'a template in which the secret does not arrive',
      withConsumer(...externalSecret, 'target: {template: {data: {config: "id=<<clientId>>"}}}'),
      [
        ':12:7: spec.consumers.0.keys: must say under "clientSecret" which key holds the secret: not exactly one of the template uses clientSecret',
      ],
    ],
    [
      'a key that holds something else',
      withConsumer(
        ...externalSecret,
        'target: {template: {data: {a: "{{ .clientSecret }}", b: x}}}',
        'keys: {clientSecret: b}',
      ),
      [
        `:18:13: spec.consumers.0.keys: "b" does not hold the secret: the Secret's keys are those of target.template.data, and that one must use clientSecret`,
      ],
    ],
    [
      'a Go template that mixes up its braces',
      withConsumer(...externalSecret, 'target: {template: {data: {a: "<<clientSecret>> {{ .clientSecret }}"}}}'),
      [
        ':17:37: spec.consumers.0.target.template.data.a: <<clientSecret>> stands for nothing; External Secrets fills it in: {{ .clientSecret }}',
      ],
    ],
    [
      'an id where the secret is',
      withConsumer(...externalSecret, 'keys: {clientId: clientSecret}'),
      [':17:24: spec.consumers.0.keys.clientId: "clientSecret" holds something else already'],
    ],
    [
      'a refresh that never comes again',
      withConsumer(...externalSecret, 'refreshInterval: 0s'),
      [':17:24: spec.consumers.0.refreshInterval: must be above 0: with 0 External Secrets ignores a rotated value'],
    ],
    [
      'two files of one path',
      withSpec('files: [{path: changes/a.md, text: a}, {path: changes/a.md, text: b}]\n'),
      [':11:49: spec.files.1.path: file "changes/a.md" is named twice'],
    ],
    [
      'a file that would hold the secret',
      withSpec('files: [{path: changes/<<name>>.md, text: "<<clientSecret>>"}]\n'),
      [
        ':11:18: spec.files.0.path: <<name>> stands for nothing; there is <<client>>',
        ':11:45: spec.files.0.text: must not hold <<clientSecret>>: the value would be read by people, or stand in Git',
      ],
    ],
    [
      'an unknown kind',
      withConsumer('kind: helm'),
      [':12:13: spec.consumers.0.kind: must be one of "ansible", "externalSecret", "manual"'],
    ],
    [
      'a template without the secret',
      withConsumer(...ansible, 'template: {name: a, text: "<<clientId>>"}'),
      [':17:33: spec.consumers.0.template.text: does not use <<clientSecret>>'],
    ],
    [
      'a template with a misspelt variable',
      withConsumer(...ansible, 'template: {name: a, text: "<<clientID>> <<clientSecret>>"}'),
      [
        ':17:33: spec.consumers.0.template.text: <<clientID>> stands for nothing; there are <<clientId>>, <<clientSecret>> and <<issuer>>',
      ],
    ],
    [
      'a template in another folder',
      withConsumer(...ansible, 'template: {name: ../a, text: "<<clientSecret>>"}'),
      [":17:24: spec.consumers.0.template.name: must be a file name inside the role's templates folder"],
    ],
    [
      'a playbook above the repository',
      withConsumer(...ansible.with(2, 'playbook: ../site.yml'), template),
      [':14:17: spec.consumers.0.playbook: must be a path inside the repository, with "/" and without ".."'],
    ],
    [
      'a playbook that climbs in the middle',
      withConsumer(...ansible.with(2, 'playbook: a/../../site.yml'), template),
      [':14:17: spec.consumers.0.playbook: must be a path inside the repository, with "/" and without ".."'],
    ],
    [
      'an absolute playbook',
      withConsumer(...ansible.with(2, 'playbook: /site.yml'), template),
      [':14:17: spec.consumers.0.playbook: must be a path inside the repository, with "/" and without ".."'],
    ],
    [
      "a playbook among git's own files",
      withConsumer(...ansible.with(2, 'playbook: .git/hooks/x'), template),
      [':14:17: spec.consumers.0.playbook: must be a path inside the repository, with "/" and without ".."'],
    ],
    [
      'roles above the repository',
      withConsumer(...ansible, template, 'rolesPath: ..'),
      [':18:18: spec.consumers.0.rolesPath: must be a path inside the repository, with "/" and without ".."'],
    ],
    [
      'a mode that YAML read as a number',
      withConsumer(...ansible, template, 'mode: 0600'),
      [':18:13: spec.consumers.0.mode: must be of type string, not number'],
    ],
    [
      'a misspelt place',
      withConsumer(...ansible, template, 'place: {afer: x}'),
      [':18:14: spec.consumers.0.place.after: is missing', ':18:15: spec.consumers.0.place: unknown key "afer"'],
    ],
    [
      'another word for the place',
      withConsumer(...ansible, template, 'place: first'),
      [':18:14: spec.consumers.0.place: must be "end"'],
    ],
    [
      'a tag with a blank',
      withConsumer(...ansible.with(3, 'tags: [a b]'), template),
      [':15:14: spec.consumers.0.tags.0: must be a tag without white space or comma'],
    ],
    [
      'a fact that is no variable',
      withConsumer(...ansible, template, 'fact: zot-secret'),
      [':18:13: spec.consumers.0.fact: must be an Ansible variable name'],
    ],
  ])('consumer: %s', (_, text, expected) => {
    expect(problems(text)).toEqual(
      expected.map((problem) => (problem.startsWith(':') ? `${file}${problem}` : problem)),
    );
  });

  it.each<[string, string, string]>([
    ['a broken mapping', `${minimal}  : [\n`, ':12:1: not YAML: '],
    ['a key named twice', `${minimal}kind: OidcClient\n`, ':11:1: not YAML: Map keys must be unique'],
    ['two documents', `${minimal}---\na: 1\n`, ':11:1: not YAML: Source contains multiple documents'],
    ['a tab for indentation', `${minimal}\tx: 1\n`, ':11:'],
    ['an alias without its anchor', withSpec('groups: *none\n'), ':1:1: not YAML: Unresolved alias'],
  ])('not YAML: %s', (_, text, expected) => {
    expect(problems(text)[0]).toContain(`${file}${expected}`);
    expect(problems(text)[0], 'advice for a programmer').not.toContain('please use');
  });

  it.each(['jürgen', 'bob builder', 'bob@example.test', "o'neil", '漢字', 'a'.repeat(150)])(
    'takes user name %j, as Authentik does',
    (name) => {
      const users = minimal.replace('everyone: true', `groups: []\n    users: ${JSON.stringify([name])}`);
      expect(problems(users)).toEqual([]);
      const groups = [{ name: 'a', serviceAccounts: [{ username: name }] }];
      expect(problems(withSpec(`groups: ${JSON.stringify(groups)}\n`))).toEqual([]);
    },
  );

  it.each(['', ' bob', 'bob ', 'a\tb', 'a\u0085b', 'a'.repeat(151), '__proto__'])('takes no user name %j', (name) => {
    const users = minimal.replace('everyone: true', `groups: []\n    users: ${JSON.stringify([name])}`);
    expect(problems(users)).toEqual([expect.stringContaining('spec.access.users.0: ')]);
  });

  it.each(['hours=0', 'weeks=0;days=00;seconds=0'])('takes no time of none, as %s', (time) => {
    expect(problems(withSpec(`provider: {accessTokenValidity: ${time}}\n`))).toEqual([
      expect.stringContaining('spec.provider.accessTokenValidity: must be a time as Authentik writes it, and not none'),
    ]);
  });

  it.each(['hours=0;minutes=5', 'seconds=010', 'days=1;hours=0'])('takes time %s', (time) => {
    expect(problems(withSpec(`provider: {accessTokenValidity: ${time}}\n`))).toEqual([]);
  });

  it('all of them at once, in the order of the file', () => {
    const text = minimal
      .replace('Wiki', '""')
      .replace('https://wiki.example.test/callback', '/callback')
      .replace('everyone: true', 'groups: []');
    expect(problems(`${text}extra: 1\n`)).toEqual([
      `${file}:6:16: spec.displayName: must be one line of 1 to 200 characters, without control characters or blanks at its ends`,
      expect.stringContaining(`${file}:8:7: spec.redirectUris.0: must be an absolute URI`) as string,
      `${file}:10:13: spec.access.groups: must have an entry, where neither users nor policies have: without a binding everyone may sign in`,
      `${file}:11:1: (the file): unknown key "extra"`,
    ]);
  });
});

describe('checkRegistration', () => {
  it('names source, field and fault of an inline registration', () => {
    const bad = { ...zotRegistration, spec: { ...zotRegistration.spec, displayName: 7, consumers: [{ kind: 'x' }] } };
    expect(() => checkRegistration(bad, 'workflow input')).toThrow(
      expect.objectContaining({
        kind: 'BadInput',
        message:
          'workflow input: spec.displayName: must be of type string, not number;\nworkflow input: spec.consumers.0.kind: must be one of "ansible", "externalSecret", "manual"',
      }),
    );
  });

  it.each([null, undefined, 'zot', 7, []])('refuses %j', (value) => {
    expect(() => checkRegistration(value, 'workflow input')).toThrow('workflow input: (the file): ');
  });

  it('holds it to the rules beyond the schema', () => {
    const files = [{ path: 'changes/zot.md', text: '<<name>>' }];
    const bad = { ...zotRegistration, spec: { ...zotRegistration.spec, files } };
    expect(() => checkRegistration(bad, 'workflow input')).toThrow(
      'workflow input: spec.files.0.text: <<name>> stands for nothing',
    );
  });
});
