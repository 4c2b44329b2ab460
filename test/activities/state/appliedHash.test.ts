import { createHash } from 'node:crypto';
import { assert, pre, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesIn, hashOf, isHashOf } from '../../../activities/state/appliedHash.ts';

const sha512 = (...parts: readonly (string | Buffer)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest();

const text = (...values: readonly string[]): string =>
  ['entries:', ...values.map((value, i) => `  - model: m${i}\n    attrs: { secret: ${value} }`), ''].join('\n');

describe('the files that a blueprint reads', () => {
  it.each([
    ['none', text('!Env A', "'!File /a'", '"text !File /b"'), []],
    ['one by its path', text('!File /run/a'), ['/run/a']],
    ['one with a default', text('!File [/run/a, other]'), ['/run/a']],
    ['the same twice, in the order of the text', text('!File /b', '!File [/a]', '!File "/b"'), ['/b', '/a', '/b']],
    ['those of a comment', `# !File /no\n${text('!File /a')}`, ['/a']],
    ['those of a text that does not parse', 'a: [', []],
  ])('are %s', (_what, blueprint, paths) => {
    expect(filesIn(blueprint)).toEqual(paths);
  });
});

describe('the hash that Authentik tells of a blueprint', () => {
  const blueprint = text('!File /a', '!Env X', '!File [/b, d]');
  const contents = new Map<string, string | null>([
    ['/a', 'secret of a'],
    ['/b', null],
  ]);

  it('is that of the text', () => {
    expect(isHashOf(sha512(blueprint).toString('hex'), blueprint)).toBe(true);
    expect(hashOf('')).toBe(sha512('').toString('hex'));
    expect(isHashOf('', blueprint)).toBe(false);
  });

  it('or goes on with the hash of each file, and a zero byte where one is not there', () => {
    const hash = sha512(blueprint, sha512('secret of a'), Buffer.of(0)).toString('hex');
    expect(isHashOf(hash, blueprint, (path) => contents.get(path))).toBe(true);
    expect(isHashOf(hash, blueprint, (path) => (path === '/a' ? 'an older secret' : null))).toBe(false);
    expect(isHashOf(hash, blueprint, () => null)).toBe(false);
    expect(isHashOf(hash, blueprint), 'where nobody knows what a file holds').toBe(false);
  });

  it('is never that of another text, another value, or another order', () => {
    const word = stringMatching(/^[a-z]{1,8}$/);
    assert(
      property(word, word, word, (path, one, other) => {
        pre(one !== other);
        const [first, second] = [text(`!File /${path}`, '!File /z/z'), text('!File /z/z', `!File /${path}`)];
        const of = (a: string, b: string) => (at: string) => (at === '/z/z' ? b : a);
        const hash = sha512(first, sha512(one), sha512(other)).toString('hex');
        expect(isHashOf(hash, first, of(one, other))).toBe(true);
        expect(isHashOf(hash, first, of(other, one))).toBe(false);
        expect(isHashOf(hash, second, of(one, other))).toBe(false);
      }),
    );
  });
});
