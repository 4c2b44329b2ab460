import { describe, expect, it } from 'vitest';
import { asWord, referencesIn } from '../../../core/base/words.ts';
import { isRetiredLabel, retiredLabel } from '../../../core/run/removal.ts';

describe('references to a client', () => {
  const fact = { text: 'zot_secret', pattern: asWord('zot_secret'), means: 'uses the fact' };

  it('are told with their line; comments and longer names do not count', () => {
    const text = [
      '# zot_secret in a comment',
      'old: "{{ my_zot_secret }}"',
      'new: "{{ zot_secret }}"',
      'file: zot_secret.json',
      'zot_secret_2: x',
      '  {# zot_secret #}',
      'when: zot_secret.',
    ].join('\n');
    expect(referencesIn('a.yml', text, [fact])).toEqual([
      { path: 'a.yml', line: 3, means: 'uses the fact' },
      { path: 'a.yml', line: 7, means: 'uses the fact' },
    ]);
  });

  it('take every character of a name as itself', () => {
    const file = asWord('oidc+credentials.json');
    expect(file.test('src=/etc/oidc+credentials.json')).toBe(true);
    expect(file.test('src=/etc/oidc+credentials.json.j2')).toBe(false);
    expect(file.test('src=/etc/oidccredentialsxjson')).toBe(false);
  });
});

describe('the label of a retired secret', () => {
  it('is told from that of another field, and from a pending one', () => {
    const label = retiredLabel('zot-client-secret', '2026-11-25', '0123abcd-0000-4000-8000-000000000000');
    expect(label).toBe('zot-client-secret (deregistered 2026-11-25 0123abcd)');
    expect(isRetiredLabel(label, 'zot-client-secret')).toBe(true);
    expect(isRetiredLabel(label, 'zot')).toBe(false);
    expect(isRetiredLabel('zot-client-secret (deregistered by hand)', 'zot-client-secret')).toBe(false);
    expect(isRetiredLabel('zot-client-secret (pending 0123abcd)', 'zot-client-secret')).toBe(false);
  });
});
