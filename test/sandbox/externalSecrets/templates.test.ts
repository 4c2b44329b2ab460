import { describe, expect, it } from 'vitest';
import { arriving } from '../../../sandbox/externalSecrets/keys.ts';
import { templated } from '../../../sandbox/externalSecrets/template.ts';
import { FIELDS, TEMPLATES } from '../../fixtures/secretTemplates.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const fetched = Object.fromEntries(Object.entries(FIELDS).map(([key, value]) => [key, base64(value)]));

describe('a template', () => {
  it.each(TEMPLATES)('$text', ({ text, made, words }) => {
    const result = () => templated({ data: { it: text } }, fetched);
    if (made !== undefined) expect(result()).toEqual({ it: base64(made) });
    else expect(result).toThrow(words);
  });

  it('without texts of its own, or one that merges, passes on all that was fetched', () => {
    expect(templated({ data: {} }, fetched)).toEqual(fetched);
    expect(templated({ mergePolicy: 'Merge', data: { EMPTY: 'own' } }, fetched)).toEqual({
      ...fetched,
      EMPTY: base64('own'),
    });
  });
});

describe('keys of an extract', () => {
  const labels = (...all: readonly string[]) => all.map((label) => [label, label] as const);
  const keys = (source: object, ...all: readonly string[]): readonly string[] =>
    arriving({ extract: { key: 'item' }, ...source }, labels(...all), 'here').map(([key]) => key);

  it('are converted by the strategy, and a label that is empty gives none', () => {
    expect(keys({}, 'plain-key_1.x', 'a b(c)', '')).toEqual(['plain-key_1.x', 'a_b_c_']);
    expect(keys({ extract: { key: 'item', conversionStrategy: 'Unicode' } }, 'a b')).toEqual(['a_U0020_b']);
  });

  it('that become one are refused', () => {
    expect(() => keys({}, 'a b', 'a_b')).toThrow('secret name collision during conversion: a_b');
  });

  it('are rewritten one operation after another, and then not converted', () => {
    const rewrite = [{ regexp: { source: '^(.*)$', target: 'X_${1}' } }, { regexp: { source: 'X_(.)', target: '$1' } }];
    expect(keys({ rewrite }, 'abc')).toEqual(['abc']);
    expect(() => keys({ rewrite }, 'a (pending)')).toThrow('invalid secret keys');
  });
});
