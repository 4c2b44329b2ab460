import { expect, it } from 'vitest';
import { mustEnd } from '../../fixtures/ends.ts';
import { breaches, NOTHING_STANDS } from '../../../core/policy/judge.ts';
import { checkRegistration, readRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';

// Registrations that somebody wrote to reach further than a client, judged as preflight judges them before it writes anything. What
// of the kind is taken, because it is only odd, runs in test/e2e/hostile.test.ts.

const installation = installationSchema.parse((await sampleLayout('manual')).installation);

/** What is refused of a registration: by its schema, or by the policy of the sandbox. */
function refused(input: unknown): string {
  try {
    const registration = checkRegistration(input, 'input');
    const names = resolveNames(registration, installation);
    const found = breaches({ registration, names, inline: false }, installation, NOTHING_STANDS);
    return found.map(({ field, message }) => `${field}: ${message}`).join('\n');
  } catch (error) {
    return String(error);
  }
}

type Spec = RegistrationInput['spec'];
const base = clientNamed('hostile');
const [plain] = base.spec.consumers ?? [];
const spec = (over: Partial<Spec>) => ({ ...base, spec: { ...base.spec, ...over } });
const consumer = (over: object) =>
  spec({ consumers: [{ ...plain, ...over } as NonNullable<Spec['consumers']>[number]] });
const template = (over: object) => consumer({ template: { name: 'a.j2', text: '<<clientSecret>>\n', ...over } });
const uri = (url: string) => spec({ redirectUris: [url] });
const pattern = (url: string) => spec({ redirectUris: [{ matchingMode: 'regex', url }] });
const file = (path: string, text = 'x\n') => spec({ files: [{ path, text }] });

it('the registration that they are made of is taken', () => {
  expect(refused(base)).toBe('');
});

it.each([
  ['a lookup in a task', consumer({ task: 'Do {{ lookup("pipe", "id") }}' }), 'spec.consumers.0.task'],
  ['a statement in a template', template({ text: '{% raw %}<<clientSecret>>\n' }), 'spec.consumers.0.template.text'],
  ['a destination of its own', consumer({ dest: '{{ x }}/a\'b"c\\d.json' }), 'spec.consumers.0.dest'],
  ...['.', '..', '-rf', '.git', '.GIT', 'a/b.j2', '/etc/passwd'].map(
    (name) => [`the template ${name}`, template({ name }), 'spec.consumers.0.template.name'] as const,
  ),
  ['a folder of roles in .git', consumer({ rolesPath: 'x/.git' }), 'spec.consumers.0.rolesPath'],
  ['a role that is an option', consumer({ role: '--upload-pack' }), 'spec.consumers.0.role'],
  ...['file:///etc/passwd', 'intent:x', 'blob:https://x/y', 'about:blank', 'view-source:https://a', 'ms-its:x'].map(
    (url) => [`the redirect URI ${url}`, uri(url), 'spec.redirectUris.0'] as const,
  ),
  ...[
    'JavaScript:alert(1)//x',
    'javascript:alert(1)',
    'http://127.0.0.1/cb',
    'http://localhost:0/',
    'http://[::1]/',
  ].map((url) => [`the redirect URI ${url}`, uri(url), 'spec.redirectUris.0'] as const),
  ...['.*', '(a+)+$(', 'javascript:.*'].map(
    (each) => [`the pattern ${each}`, pattern(each), 'spec.redirectUris.0'] as const,
  ),
  ...[
    'oidc-clients/other.yaml',
    'ansible.cfg',
    'hosts/inventory_plugins/host_list.py',
    'group_vars/all.yml',
    'filter_plugins/a.py',
    '.gitattributes',
    'argocd/evil.yaml',
    'Makefile',
    '.build.yml',
    '.builds/a.yml',
    '.drone.jsonnet',
    '.semaphore/semaphore.yml',
    '.pre-commit-config.yaml',
    '.github /workflows/x.yml',
  ].map((path) => [`the file ${path}`, file(path), 'spec.files.0'] as const),
  ...['a\r\nb\0c', 'half \ud800', '\udc00 a half'].flatMap((text) => [
    [`a file of ${JSON.stringify(text)}`, file('changelog.d/a.md', text), 'spec.files.0.text'] as const,
    [`a template of ${JSON.stringify(text)}`, template({ text: `<<clientSecret>>${text}` }), 'template.text'] as const,
  ]),
  ['1,000 groups', spec({ groups: Array.from({ length: 1_000 }, (_, i) => ({ name: `g-${i}` })) }), 'spec.groups'],
  ['a template of 1.5 MB', template({ text: `<<clientSecret>>${'x'.repeat(1_500_000)}\n` }), 'at most'],
  ['a name that is longer than it looks', spec({ displayName: '\u2066x\u2069\ufeff' }), 'spec.displayName'],
] as const)('%s is refused by its field', (_what, input, field) => {
  expect(refused(input)).toContain(field);
});

it.each([
  ['a pattern that could be cut in many ways', pattern(`${'a'.repeat(60)}!`)],
  [
    'templates that never close their braces',
    spec({
      consumers: [
        {
          kind: 'externalSecret',
          file: 'apps/a/secret.yaml',
          name: 'a',
          namespace: 'a',
          secretStoreRef: { name: 'store' },
          target: { template: { data: { a: '{{.clientSecret'.repeat(40_000) } } },
        },
      ],
    }),
  ],
])('%s is judged at once: a registration that no run asked for is read by every run', (_what, input) => {
  expect(mustEnd(() => refused(input))).not.toBe('');
});

const nested = (open: string, close: string) =>
  `apiVersion: oidc-registrar/v1\nkind: OidcClient\nmetadata: {name: deep}\nspec: ${open.repeat(20_000)}1${close.repeat(20_000)}\n`;
const LAUGHS = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat(Array.from('bcdefghi', (key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`))
  .join('\n');

it.each([
  ['lists in lists', nested('[', ']'), 'not YAML'],
  ['mappings in mappings', nested('{a: ', '}'), 'not YAML'],
  ['aliases of aliases', LAUGHS, 'not YAML'],
  ['a prototype as its key', '__proto__: {x: 1}\nconstructor: {}\n', 'key "__proto__"'],
])('a file of %s is refused with its line', (_what, text, says) => {
  expect(() => readRegistration(text, 'a.yaml')).toThrow(says);
  expect(() => readRegistration(text, 'a.yaml')).toThrow(/a\.yaml:\d+:\d+/);
});
