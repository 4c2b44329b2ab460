import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { masked, rememberAuthorization, rememberSecret } from '../../../core/masking/masked.ts';
import { KnownSecrets } from '../../../core/masking/knownSecrets.ts';

/** What a masker makes of a text that knows these secrets alone. */
function knowing(...secrets: readonly string[]): (text: string) => string {
  const known = new KnownSecrets();
  for (const secret of secrets) known.add(secret);
  return (text) => known.masked(text);
}

const SECRETS: Readonly<Record<string, string>> = {
  'letters and digits': 'Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u',
  'a pass phrase of short words': 'my old cat sat on a red mat',
  'words with hyphens': 'correct-horse-battery-staple',
  'a UUID': '145bfb3a-b8c5-4681-92f6-8a7436ac705e',
  'short parts': 'a1b2-c3d4-e5f6',
  'a short password': 'hunter2!',
  'signs that every encoding changes': 'p%41ss"w\\nrd&<x>+/=?#\'`end',
  'letters beyond ASCII': 'Fuß-Gänger-Übergang 🚀 ñandú',
  'several lines': '-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END KEY-----',
};

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  'in clear': (secret) => secret,
  'in JSON': (secret) => JSON.stringify({ value: secret }),
  'in JSON that stands in JSON': (secret) => JSON.stringify({ message: JSON.stringify({ value: secret }) }),
  'in JSON as Go writes it': (secret) =>
    JSON.stringify(secret).replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  'in a URL': (secret) => `https://here.invalid/?secret=${encodeURIComponent(secret)}&x=1`,
  'in a form': (secret) => new URLSearchParams({ client_secret: secret }).toString(),
  'in small percent escapes': (secret) =>
    encodeURIComponent(secret).replaceAll(/%../g, (escape) => escape.toLowerCase()),
  'in HTML': (secret) => secret.replaceAll(/[&<>"']/g, (sign) => `&#${sign === '"' ? 'x22' : sign.charCodeAt(0)};`),
  'in hex': (secret) => Buffer.from(secret).toString('hex'),
  'in capital hex': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64 after one other byte': (secret) => Buffer.from(`:${secret}`).toString('base64'),
  'in base64 after two other bytes': (secret) => Buffer.from(`x:${secret}`).toString('base64'),
  'in base64 for URLs': (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  'in base64 of several lines': (secret) => Buffer.from(secret).toString('base64').replaceAll(/.{9}/g, '$&\n  '),
  'over several lines': (secret) => secret.replaceAll(/.{6}/gsu, '$&\n    '),
  'over several strings': (secret) => `"${secret.slice(0, 5)}" + "${secret.slice(5)}"`,
};

describe.each(Object.entries(SECRETS))('a secret of %s', (_what, secret) => {
  const mask = knowing(secret);

  test.each(Object.entries(FORMS))('is masked %s', (_form, write) => {
    const written = write(secret);
    const left = mask(`before ${written} after`);
    expect(left).toMatch(/^before .*\[masked\].* after$/s);
    // At its borders base64 mixes a secret with what stands beside it, which tells at most one character of it.
    const shown = left.replace(/^before /, '').replace(/ after$/, '');
    for (const part of shown.split('[masked]')) expect(written.split(secret).join('')).toContain(part.slice(3, -3));
    expect(left).not.toContain(secret);
  });

  test('is gone from a sentence, which stays', () => {
    expect(mask(`cannot decode ${secret}: unexpected end`)).toBe('cannot decode [masked]: unexpected end');
    expect(mask(`${secret} ${secret}`)).toBe('[masked] [masked]');
  });
});

test('a part of twelve characters is masked, as where an answer was cut off', () => {
  const mask = knowing('Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u');
  expect(mask('value: Gq7RmT2vXw9L…')).toBe('value: [masked]…');
  expect(mask('…Kd8NbC3yHf6JaE1u"')).toBe('…[masked]"');
  expect(mask('value: Gq7RmT2vXw9')).toBe('value: Gq7RmT2vXw9');
});

test.each(['', 'admin', 'password', 'ops_token', 'db.internal', '1234567', 'zot', 'true'])(
  '%j is no secret: other sentences say it too',
  (word) => {
    expect(knowing(word)(`an ordinary sentence of ${word} and others`)).toBe(
      `an ordinary sentence of ${word} and others`,
    );
  },
);

test('what no secret says stays, whatever is known', () => {
  const mask = knowing(...Object.values(SECRETS));
  for (const text of [
    'Argo CD: sync at 0123456789abcdef0123456789abcdef01234567 failed',
    'pods "authentik-worker-6c5d7f8b9d-x2x4z" is forbidden: User "system:serviceaccount:a:b" cannot get',
    'the cat sat; 100% of it, &c. \\u00',
    'instance 7d90c1e2-0a4b-4c77-8f5e-31b2a6d9e840',
  ])
    expect(mask(text)).toBe(text);
});

test('what is used stays known, and what nobody uses is forgotten in the end', () => {
  const known = new KnownSecrets(1_000);
  const used = 'Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u';
  known.add('old-token-0123456789abcdef');
  expect(known.masked('old-token-0123456789abcdef')).toBe('[masked]');
  for (let i = 0; i < 20; i += 1) {
    known.add(used);
    known.add(createHash('sha256').update(String(i)).digest('hex'));
    expect(known.masked(used)).toBe('[masked]');
  }
  expect(known.masked('old-token-0123456789abcdef')).toBe('old-token-0123456789abcdef');
});

test('of an address that is secret its path is, not its host', () => {
  rememberSecret('https://hooks.chat.example/services/T0123/B4567/q1W2e3R4t5Y6');
  expect(masked('POST https://hooks.chat.example/services/T0123/B4567/q1W2e3R4t5Y6')).toBe(
    'POST https://hooks.chat.example[masked]',
  );
  expect(masked('see https://hooks.chat.example/docs')).toBe('see https://hooks.chat.example/docs');
});

test('of basic authentication the password is known too', () => {
  rememberAuthorization(`Basic ${Buffer.from('somebody:open sesame, 3 times').toString('base64')}`);
  expect(masked('no: open sesame, 3 times')).toBe('no: [masked]');
});

test('a text that nobody can read is cut off', () => {
  expect(masked('x '.repeat(100_000)).length).toBe(64 * 1024 + 1);
});

describe('a run that looks random', () => {
  test.each([
    ['letters and digits', 'DummySecretOne4AAAAAAAAAAA'],
    ['letters of jumping case', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ'],
    ['many letters', 'DummySecretOneAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['hex', '0123456789abcdef0123456789abcdef'],
    ['base64', 'q83vEjRWeJC/7+abcDEFghij0123456789xyz=='],
    ['base64url', 'q83vEjRWeJC_7-abcDEFghij0123456789xyz'],
    ['sixteen characters, the shortest that the vault takes', 'abcdefgh12345678'],
  ])('is a secret of %s', (_what, secret) => {
    expect(masked(`bad value ${secret}, really`, 'random')).toBe('bad value [masked], really');
    expect(masked(`'${secret}'`, 'random')).toBe("'[masked]'");
  });

  test.each([
    "Entry invalid: Serializer errors {'authorization_flow': [ErrorDetail(string='This field may not be null.', code='null')]}",
    'KeyOf: failed to find entry with `id` of `artifact-workloads-provider` and a model instance',
    'duplicate key value violates unique constraint "authentik_blueprints_blueprintinstance_name_404be626_uniq"',
    "[Errno 2] No such file or directory: '/blueprints/custom/very-long-name-of-a-client.yaml'",
    'BlueprintRetrievalFailed ImproperlyConfiguredException',
    'instance 145bfb3a-b8c5-4681-92f6-8a7436ac705e applied at 2026-11-24T13:58:32.868563Z',
    'default-provider-authorization-implicit-consent, AUTHENTIK_ZOT_CLIENT_SECRET, goauthentik.io/providers/oauth2',
    'pod authentik-worker-6c5d7f8b9d-x2x4z restarted',
    'OAuth2/OpenID Provider with this Client ID already exists.',
  ])('is nothing of: %s', (words) => {
    expect(masked(words, 'random')).toBe(words);
  });
});

test.each([
  ['words and a/path/of/several/parts.yaml stay', 'words and a/path/of/several/parts.yaml stay'],
  ['but Zx9abcdefghij0123456789 goes', 'but [masked] goes'],
  ['and c2VjcmV0LXZhbHVl== too', 'and [masked] too'],
])('of "%s" is left "%s"', (text, expected) => {
  expect(masked(text, 'long')).toBe(expected);
});

describe('an address that nobody here has sent', () => {
  test.each([
    ['a password', 'https://bot:hunter2@git.example/r.git', 'https://[masked]@git.example/r.git'],
    ['a password with an @', 'url "https://bot:p@ss@git.example/r"', 'url "https://[masked]@git.example/r"'],
    ['a token without a user', 'https://:tok@git.example/r', 'https://[masked]@git.example/r'],
    [
      'a token in its place',
      "clone 'https://ghp_0123456789abcdef@git.example'",
      "clone 'https://[masked]@git.example'",
    ],
  ])('is told without %s', (_, text, told) => {
    expect(masked(text)).toBe(told);
    expect(masked(masked(text))).toBe(told);
  });

  test.each([
    'ssh://git@git.example:2222/r.git',
    'https://git.example:8443/r and somebody@git.example',
    'oci://registry.example:5000/app@sha256:0123456789abcdef0123456789abcdef',
    'git@git.example:r.git',
  ])('is told whole where it holds none: %s', (text) => {
    expect(masked(text)).toBe(text);
  });

  test('is looked for in time that grows with the text alone', () => {
    const long = `${'://a:'.repeat(12_000)} ://${'b:'.repeat(2_000)}`;
    expect(masked(long)).toBe(long);
  });
});
