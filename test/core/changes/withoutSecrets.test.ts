import { expect, it } from 'vitest';
import { withoutSecrets } from '../../../core/changes/withoutSecrets.ts';
import { mustEnd } from '../../fixtures/ends.ts';

it.each([
  ['password: >-\n  hunter2\nother: 1', 'password: …\n  …\nother: 1'],
  ['client_secret:\n  hunter2\n', 'client_secret:\n  …\n'],
  ['client_secret: |-\n  hunter2\n\n    hunter3\n  hunter4\nother: 1', 'client_secret: …\n  …\n\n    …\n  …\nother: 1'],
  ['-  password:\n-    hunter2\n-    hunter3\n   other: 1', '-  password:\n-    …\n-    …\n   other: 1'],
  ['- token: hunter2\n    hunter3\n  other: 1', '- token: …\n    …\n  other: 1'],
  ['client_secret: !Env [NAME, hunter2]', 'client_secret: !Env [NAME, …]'],
  ['client_secret: !Env [NAME]', 'client_secret: !Env [NAME]'],
  ['serviceAccountToken:\n  path: token\n', 'serviceAccountToken:\n  path: token\n'],
  ['client_secret: !Env [\n  NAME,\n  hunter2,\n]\nother: 1', 'client_secret: !Env [\n  NAME, …]\nother: 1'],
  ['client_secret: !File [path, hunter2]', 'client_secret: !File [path, …]'],
  ['client_secret: !Context [name, hunter2]', 'client_secret: !Context [name, …]'],
  ['client_secret: !Env NAME', 'client_secret: !Env NAME'],
  ['client_secret: !Context name', 'client_secret: !Context name'],
  ['client_secret: !Format ["%s", hunter2]\nother: 1', 'client_secret: !Format …\nother: 1'],
  ['client_secret: !Format ["%s", !Env [A, b], hunter2]\nother: 1', 'client_secret: !Format …\nother: 1'],
  ['client_secret: !If [\n  true,\n  hunter2,\n]\nother: 1', 'client_secret: !If …\nother: 1'],
  [
    '-  client_secret: !Env\n-    - NAME\n-    - hunter2\n other: 1',
    '-  client_secret: !Env\n-    - …\n-    - …\n other: 1',
  ],
  ['A_CLIENT_SECRET: "{{ .A }}"', 'A_CLIENT_SECRET: "{{ .A }}"'],
  [`A_CLIENT_SECRET: '{{ index . "A" }}'`, `A_CLIENT_SECRET: '{{ index . "A" }}'`],
  [`A_CLIENT_SECRET: '{{ .A | default "hunter2" }}'`, "A_CLIENT_SECRET: '{{ .A | default … }}'"],
  ['A_CLIENT_SECRET: {{ `hunter2` }}', 'A_CLIENT_SECRET: {{ … }}'],
  ['A_CLIENT_SECRET: "{{ .A }}hunter2"', 'A_CLIENT_SECRET: "{{ .A }}…"'],
  [`password: "{{ vault['a'] | default('hunter2') }}"`, `password: "{{ vault['a'] | default(…) }}"`],
  ['version: 1\ncontext:\n  mine: hunter2\nentries: []', 'version: 1\ncontext:\n  mine: …\nentries: []'],
])('shows no secret on other lines than its key, nor in a tag: %j', (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

it.each([
  ['blanks after a key', `secret:${' '.repeat(600_000)}\n`],
  ['blanks below a key', `password:\n${' '.repeat(600_000)}\n`],
  ['blanks for a default', `!Env [a,${' '.repeat(600_000)}`],
  ['arguments that never end', 'client_secret: !Format ['.repeat(30_000)],
  ['arguments on lines', `client_secret: !Format\n${'  - a\n'.repeat(100_000)}`],
  ['a context that never ends', `context:\n${'  a: b\n'.repeat(100_000)}`],
  ['many contexts', '\n context:'.repeat(50_000)],
  ['braces', `password: ${'{{'.repeat(100_000)}`],
  ['blanks for many defaults', `!Env [a,${' '.repeat(50)}`.repeat(1_000)],
])('%s are read at once', (_what, text) => {
  expect(mustEnd(() => withoutSecrets(text))).toBeDefined();
});
