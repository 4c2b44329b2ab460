import { describe, expect, it } from 'vitest';
import { addEmptyDefault, removeEmptyDefault } from '../../../../core/edits/ansible/defaults.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addEmptyDefault, remove: removeEmptyDefault };
const fact = 'zot_oidc_client_secret';
const before = `---
zot_port: 5000

# Registries that are mirrored
zot_mirrors:
  - name: one
    # with a comment of its own
`;

describe('addEmptyDefault', () => {
  it('adds an empty variable after the last one, below the comment that is inside it', () => {
    expect(bothWays(edit, before, fact)).toBe(`${before}zot_oidc_client_secret: ''\n`);
  });

  it('keeps line breaks and their absence at the end', () => {
    const plain = 'a: 1\nb: "2" # two';
    expect(bothWays(edit, plain, fact)).toBe(`${plain}\nzot_oidc_client_secret: ''`);
    expect(bothWays(edit, crlf(`${plain}\n`), fact)).toBe(crlf(`${plain}\nzot_oidc_client_secret: ''\n`));
  });

  it.each(['a:\n', 'a: |\n  text\n\n', 'a: >-\n  text\n', 'a: {b: c}\n', 'a: &x 1\nb: *x\n'])(
    'adds it after %j',
    (text) => {
      expect(bothWays(edit, text, fact)).toBe(
        `${text.trimEnd()}\nzot_oidc_client_secret: ''${text.slice(text.trimEnd().length)}`,
      );
    },
  );

  it('takes every way of writing an empty text as the same', () => {
    for (const line of [`${fact}: ""`, `"${fact}": ''`, `${fact}: '' # read from 1Password`]) {
      const text = `a: 1\n${line}\nb: 2\n`;
      expect(addEmptyDefault(text, fact)).toEqual({ kind: 'alreadyThere', text });
      expect(changed(removeEmptyDefault(text, fact)).text).toBe('a: 1\nb: 2\n');
    }
  });

  it.each([`${fact}: hunter2`, `${fact}:`, `${fact}: 0`])('neither changes nor shows another value: %s', (line) => {
    const different = { kind: 'different', found: `${fact}: …`, wanted: `${fact}: ''` };
    expect(addEmptyDefault(`a: 1\n${line}\n`, fact)).toEqual(different);
    expect(removeEmptyDefault(`a: 1\n${line}\n`, fact)).toEqual(different);
  });
});

describe('addEmptyDefault refuses', () => {
  it.each([
    ['nothing, but written', '---\n~\n', 'it is not a mapping of variables'],
    ['a list', '- a\n', 'it is not a mapping of variables'],
    ['flow style', '{a: 1}\n', 'it is not a mapping of variables'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'it is not a mapping of variables'],
    ['a last value that would change', 'a: |\n  x', 'the file has no line break at its end'],
    ['text that is not YAML', 'a: "b\n', 'it does not parse as YAML, line '],
  ])('%s', (_, text, reason) => {
    expect(addEmptyDefault(text, fact)).toEqual({
      ...codeOf(addEmptyDefault(text, fact)),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: `${fact}: ''`,
    });
  });
});

it.each(['', '---\n# defaults of zot\n', '---', '# none', 'a: |+\n  x\n\n', 'a: |+\n  x\n'])(
  'the default goes into %j and out again',
  (text) => {
    expect(bothWays(edit, text, fact)).toContain(`${fact}: ''`);
    expect(bothWays(edit, crlf(text), fact)).toContain(`${fact}: ''`);
  },
);
