import { describe, expect, it } from 'vitest';
import { bringsKey, ownEntry, withoutOwnEntry } from '../../../../core/kubernetes/externalSecret/ownEntry.ts';
import { entryOfClient, withoutEntry } from '../../../../core/kubernetes/ourEntries.ts';
import type { Names } from '../../../../core/names/names.ts';

const entry = { secretKey: 'wiki', remoteRef: { key: 'Authentik', property: 'wiki' } };
const other = { secretKey: 'key', remoteRef: { key: 'Authentik', property: 'key' } };
const dataFrom = [{ extract: { key: 'Authentik' } }];
const withLines = (lines: object, more: object = {}): object => ({
  data: [other, entry],
  target: { name: 't', template: { data: { key: '{{ .key }}', ...lines }, ...more } },
});

describe('the part of a client', () => {
  it.each([
    ['an entry', { data: [other, entry] }, { entry }, true],
    ['an entry that a template merges', withLines({}, { mergePolicy: 'Merge' }), { entry }, true],
    ['an entry that no line passes on', withLines({}), { entry }, false],
    ['an entry and its line', withLines({ wiki: '{{ .wiki }}' }), { entry, line: '{{ .wiki }}' }, true],
    [
      'a line without its entry',
      { data: [other], target: { template: { data: { wiki: '{{ .wiki }}' } } } },
      { line: '{{ .wiki }}' },
      false,
    ],
    [
      'a line of an extract',
      { dataFrom, target: { template: { data: { wiki: '{{ .W }}' } } } },
      { line: '{{ .W }}' },
      true,
    ],
    [
      'a line that is another text',
      { dataFrom, target: { template: { data: { wiki: 'x{{ .W }}' } } } },
      { line: 'x{{ .W }}' },
      false,
    ],
    [
      'an entry whose value others take as well',
      withLines({ wiki: '{{ .wiki }}', url: 'x{{ .wiki }}' }),
      { line: '{{ .wiki }}' },
      true,
    ],
    ['an entry of others alone', withLines({ url: 'x{{ .wiki }}' }), undefined, false],
    ['nothing', { data: [other] }, undefined, false],
  ])('is %s', (_, spec, own, brings) => {
    expect(ownEntry(spec, 'wiki')).toEqual(own);
    expect(bringsKey(spec, 'wiki')).toBe(brings);
    expect(ownEntry(withoutOwnEntry(spec, 'wiki'), 'wiki')).toBeUndefined();
  });

  it('goes, and all else stays', () => {
    expect(withoutOwnEntry(withLines({ wiki: '{{ .wiki }}' }), 'wiki')).toEqual({
      data: [other],
      target: { name: 't', template: { data: { key: '{{ .key }}' } } },
    });
  });

  it('is as it was told before templates were, where there is no line', () => {
    const names = { secretKey: 'wiki' } as Names;
    expect(entryOfClient('externalSecret', { spec: { data: [other, entry] } }, names, 'worker')).toEqual(entry);
    const spec = withLines({ wiki: '{{ .wiki }}' });
    expect(entryOfClient('externalSecret', { spec }, names, 'worker')).toEqual({ entry, line: '{{ .wiki }}' });
    expect(withoutEntry('externalSecret', { kind: 'x', spec }, names)).toEqual({
      kind: 'x',
      spec: withoutOwnEntry(spec, 'wiki'),
    });
  });
});
