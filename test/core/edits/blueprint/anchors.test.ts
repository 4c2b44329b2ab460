import { Alias } from 'yaml';
import { describe, expect, it, vi } from 'vitest';
import { readSection } from '../../../../core/edits/blueprint/blueprintSection.ts';
import { Reader } from '../../../../core/edits/blueprint/sectionData.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { linesOnlyIn, rendered, written } from './rendered.ts';

const plain = { described: false };
const URI = 'https://registry.example.test/zot/auth/callback/oidc';
const TWO = { redirectUris: [URI, 'https://two.example.test/cb'] };

/** A part of the context that the provider merges, in the place of its own client type and grant types. */
function merging(text: string, merge: string, ...defaults: readonly string[]): string {
  const grants = '      grant_types: [authorization_code, refresh_token]\n';
  const part = `context:\n${defaults.map((line) => `  ${line}\n`).join('')}entries:\n`;
  return written(written(written(text, grants, ''), 'client_type: confidential', merge), 'entries:\n', part);
}

const GRANTS = 'grant_types: [authorization_code, refresh_token]';

describe('a mapping that is merged into an entry', () => {
  it.each([
    ['one', '<<: *a', [`a: &a {client_type: confidential, ${GRANTS}}`]],
    [
      'several, of which the first wins',
      '<<: [*a, *b]',
      [`a: &a {${GRANTS}}`, 'b: &b {grant_types: [], client_type: confidential}'],
    ],
    [
      'under keys of its own, which win',
      '<<: *a\n      client_type: confidential',
      [`a: &a {client_type: public, ${GRANTS}}`],
    ],
    [
      'several keys, of which the last wins',
      '<<: *b\n      <<: *a',
      [`a: &a {${GRANTS}, client_type: confidential}`, 'b: &b {grant_types: []}'],
    ],
    ['one that merges another', '<<: *b', [`a: &a {client_type: confidential, ${GRANTS}}`, 'b: &b {<<: *a}']],
  ])('counts: %s', (_what, merge, defaults) => {
    const found = merging(rendered(), merge, ...defaults);
    expect(sameSection(found, rendered(), plain)).toBe(true);
    expect(updateSection(found, rendered(), plain)).toBe(found);
  });

  it('stays as it is where the entry’s own fields change, and gives way to a field of its own', () => {
    const found = merging(rendered(), '<<: *a', `a: &a {client_type: public, ${GRANTS}}`);
    const after = updateSection(found, rendered(TWO), plain);
    expect(linesOnlyIn(after, found)).toEqual([
      '          url: https://two.example.test/cb',
      '      client_type: confidential',
    ]);
    expect(linesOnlyIn(found, after)).toEqual([]);
  });

  it('is a key like others in quotes, and an error where it is no mapping', () => {
    expect(() => readSection(merging(rendered(), '"<<": 1', 'a: 1'))).not.toThrow();
    expect(() => readSection(merging(rendered(), '<<: *a', 'a: &a [1]'))).toThrow(/"<<" .* no mapping/);
  });
});

describe('an anchor', () => {
  const uris = /redirect_uris:\n( {8}.*\n)+/.exec(rendered())?.[0] ?? '';

  it('that nothing takes over is in no way', () => {
    const found = written(rendered(), 'redirect_uris:', 'redirect_uris: &uris');
    expect(sameSection(updateSection(found, rendered(TWO), plain), rendered(TWO), plain)).toBe(true);
  });

  it('that another entry takes over is not changed, and named', () => {
    const group = '  - model: authentik_core.token\n    identifiers: {key: x}\n    attrs: {uris: *uris}\n';
    const found = `${written(rendered(), 'redirect_uris:', 'redirect_uris: &uris')}${group}`;
    expect(updateSection(found, rendered(), plain)).toBe(found);
    expect(() => updateSection(found, rendered(TWO), plain)).toThrow(/inside of &uris, which other places .* \*uris/);
  });

  it('is read where the client takes it over, and gives way to lines of its own', () => {
    const list = uris
      .split('\n')
      .slice(1)
      .map((line) => line.slice(2))
      .join('\n');
    const part = `context:\n  uris: &uris\n${list}entries:\n`;
    const found = written(written(rendered(), uris, 'redirect_uris: *uris\n'), 'entries:\n', part);
    expect(sameSection(found, rendered(), plain)).toBe(true);
    const after = updateSection(found, rendered(TWO), plain);
    expect(sameSection(after, rendered(TWO), plain)).toBe(true);
    expect(after).toContain(part);
  });

  it('that is written twice is the last one before each alias', () => {
    const part = 'context:\n  one: [&u 1, *u, &u 2, *u]\n  two: {three: *u, four: &u 3}\nentries:\n';
    const { document } = readSection(written(rendered(), 'entries:\n', part));
    expect(new Reader(document).plain(document.getIn(['context'], true))).toEqual({
      one: [1, 1, 2, 2],
      two: { three: 2, four: 3 },
    });
  });

  it('is found in one walk through the file: that of a thousand clients names it in each of them', () => {
    const walked = vi.spyOn(Alias.prototype, 'resolve');
    readSection(merging(rendered(), '<<: *once', `once: &once {client_type: confidential, ${GRANTS}}`));
    expect(walked).not.toHaveBeenCalled();
    walked.mockRestore();
  });

  it('of all attributes is not written into', () => {
    const attrs = /attrs:\n(      name: Zot\n(?:      .*\n)+)/.exec(rendered())?.[1] ?? '';
    const part = `context:\n  all: &all\n${attrs.replaceAll(/^ {2}/gm, '').replace(/^ *grant_types: .*\n/m, '')}entries:\n`;
    const found = written(written(rendered(), `attrs:\n${attrs}`, 'attrs: *all\n'), 'entries:\n', part);
    expect(() => updateSection(found, rendered(), plain)).toThrow(/attrs of its entry .* are \*all.*grant_types/);
  });

  it('that names itself, or grows without end, is refused in a sentence', () => {
    const self = (text: string) => written(rendered(), 'entries:\n', `${text}entries:\n`);
    expect(() => readSection(self('context: &c {again: *c}\n'))).toThrow(/\*c inside of itself/);
    const bomb = Array.from(
      { length: 20 },
      (_, i) => `  a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1}, *a${i - 1}`}]\n`,
    );
    expect(() => readSection(self(`context:\n${bomb.join('')}`))).toThrow(/too often/);
  });
});
