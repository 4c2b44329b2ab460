import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Arrival, arrivalsOf, sourceOfKey } from '../../../../core/kubernetes/externalSecret/arrivals.ts';
import { onePassword } from '../../../../core/vault/onepassword/words.ts';

const vault = onePassword({
  kind: 'connect',
  connectHost: 'https://connect.example',
  vaultId: 'v',
  itemId: 'authentikitem',
  itemTitle: 'Authentik',
});
const FIELD = 'WIKI_SECRET';

function arrivals(yaml: string) {
  const { keys, usedBy, unclear } = arrivalsOf(parse(yaml), vault, FIELD);
  return {
    keys: keys.map(({ secretKey, fetchedAs, line }) => `${secretKey} < ${fetchedAs}${line ? ' by a line' : ''}`),
    ...(usedBy.length > 0 ? { usedBy } : {}),
    ...(unclear.length > 0 ? { unclear } : {}),
  };
}

const extract = 'dataFrom: [{ extract: { key: Authentik } }]\n';
const entry = 'data: [{ secretKey: wiki, remoteRef: { key: Authentik, property: WIKI_SECRET } }]\n';
const template = (lines: string, more = ''): string => `target:\n  template:\n    ${more}\n    data:\n      ${lines}\n`;

describe('a field arrives', () => {
  it.each([
    ['by an entry', entry, ['wiki < wiki']],
    ['by an entry that names the item by its id', entry.replace('Authentik', 'authentikitem'), ['wiki < wiki']],
    ['by an entry and a line', entry + template('WIKI: "{{ .wiki }}"'), ['WIKI < wiki by a line']],
    ['by an entry alone, where the template merges', entry + template('a: b', 'mergePolicy: Merge'), ['wiki < wiki']],
    [
      'by an entry, where the template has only labels',
      `${entry}target: { template: { type: Opaque } }\n`,
      ['wiki < wiki'],
    ],
    ['by an extract', extract, ['WIKI_SECRET < WIKI_SECRET']],
    ['by an extract and a line', extract + template('WIKI: "{{ .WIKI_SECRET }}"'), ['WIKI < WIKI_SECRET by a line']],
    [
      'by two lines',
      extract + template('A: "{{.WIKI_SECRET}}"\n      B: "{{ index . `WIKI_SECRET` }}"'),
      ['A < WIKI_SECRET by a line', 'B < WIKI_SECRET by a line'],
    ],
    [
      'by an extract of this one property',
      'dataFrom: [{ extract: { key: Authentik, property: WIKI_SECRET } }]',
      ['WIKI_SECRET < WIKI_SECRET'],
    ],
    [
      'by a find of the item',
      'dataFrom: [{ find: { path: Authentik, name: { regexp: "^WIKI" } } }]',
      ['WIKI_SECRET < WIKI_SECRET'],
    ],
    [
      'by an entry of the same store named anew',
      `secretStoreRef: { name: op }\n${entry.replace('}]', ', sourceRef: { storeRef: { name: op } }}]')}`,
      ['wiki < wiki'],
    ],
  ])('%s', (_, yaml, keys) => {
    expect(arrivals(yaml)).toEqual({ keys });
  });

  it.each([
    ['regexp: { source: "WIKI_(.*)", target: "$1" }', 'SECRET'],
    // Go passes over the empty match at the end.
    ['regexp: { source: "(.*)", target: "ak_$1" }', 'ak_WIKI_SECRET'],
    ['regexp: { source: "(?P<who>[A-Z]+)_(?P<what>[A-Z]+)", target: "${what}.$who" }', 'SECRET.WIKI'],
    ['regexp: { source: "(WIKI)", target: "$1_x" }', '_SECRET'],
    ['regexp: { source: "(?i)wiki", target: "book" }', 'book_SECRET'],
    ['transform: { template: "{{ .value | lower | replace \\"_\\" \\"-\\" }}" }', 'wiki-secret'],
    ['transform: { template: "sso_{{ lower .value }}" }', 'sso_wiki_secret'],
  ])('under the name that a rewrite gives: %s', (step, name) => {
    const yaml = `dataFrom:\n- extract: { key: Authentik }\n  rewrite:\n  - ${step}\n`;
    expect(arrivals(yaml)).toEqual({ keys: [`${name} < ${name}`] });
    expect(sourceOfKey(parse(yaml), vault, name, [FIELD])).toMatchObject({ is: 'field', field: FIELD });
  });

  it('under the name that the conversion gives, where nothing rewrites it', () => {
    const { keys } = arrivalsOf(parse(extract), vault, 'wiki (old)');
    expect(keys.map(({ secretKey }) => secretKey)).toEqual(['wiki__old_']);
  });
});

describe('a field does not arrive', () => {
  it.each([
    ['where its template names it nowhere', extract + template('A: "{{ .OTHER }}"'), {}],
    ['where a line uses another', entry + template('A: "{{ .wik }}"'), {}],
    ['of another item', entry.replace('Authentik', 'Other'), {}],
    ['of another store', entry.replace('}]', ', sourceRef: { storeRef: { name: x } }}]'), {}],
    ['decoded', entry.replace('Authentik,', 'Authentik, decodingStrategy: Base64,'), {}],
    [
      'where an entry of its name hides it',
      `${extract}data: [{ secretKey: WIKI_SECRET, remoteRef: { key: Other } }]`,
      {},
    ],
    ['by a generator', 'dataFrom: [{ sourceRef: { generatorRef: { name: x } } }]', {}],
    ['mixed with others', extract + template('URL: "https://x:{{ .WIKI_SECRET }}@y"'), { usedBy: ['URL'] }],
    [
      'with a line break more',
      `${extract}target:\n  template:\n    data:\n      A: |\n        {{ .WIKI_SECRET }}\n`,
      { usedBy: ['A'] },
    ],
    ['through a function', extract + template('A: "{{ .WIKI_SECRET | b64enc }}"'), { usedBy: ['A'] }],
    // Sprig's `get` takes no map of texts: External Secrets fails there.
    ['through get', extract + template('A: \'{{ get . "WIKI_SECRET" }}\''), {}],
    [
      'as the bytes that the first engine prints',
      extract + template('A: "{{ .WIKI_SECRET }}"', 'engineVersion: v1'),
      { usedBy: ['A'] },
    ],
    [
      'by a merge of values',
      extract.replace('}]', ', rewrite: [{ merge: {} }] }]'),
      { unclear: ['spec.dataFrom[0]: rewrite.merge makes keys of what stands inside the values'] },
    ],
    [
      'by a pattern that is no JavaScript',
      extract.replace('}]', ', rewrite: [{ regexp: { source: "[[:alpha:]]", target: x } }] }]'),
      { unclear: ['spec.dataFrom[0]: the pattern [[:alpha:]] of a rewrite cannot be followed here'] },
    ],
    [
      'surely, by tags',
      'dataFrom: [{ find: { tags: { sso: "" } } }]',
      { unclear: ['spec.dataFrom[0].find may bring it'] },
    ],
    ['by a find of other labels', 'dataFrom: [{ find: { name: { regexp: "^OTHER" } } }]', {}],
  ])('%s', (_, yaml, more) => {
    expect(arrivals(yaml)).toEqual({ keys: [], ...more });
  });

  it('of a spec that is nothing', () => {
    for (const spec of [undefined, null, 'x', [], { data: 1, dataFrom: { a: 1 }, target: [] }])
      expect(arrivalsOf(spec, vault, FIELD)).toEqual({
        keys: [],
        fetched: [],
        usedBy: [],
        usedBeside: [],
        unclear: [],
      });
  });
});

it('the first engine prints a value with toString alone', () => {
  expect(arrivals(extract + template('A: "{{ .WIKI_SECRET | toString }}"', 'engineVersion: v1'))).toEqual({
    keys: ['A < WIKI_SECRET by a line'],
  });
});

describe('sourceOfKey', () => {
  const rewritten = (source: string, target: string): string =>
    `dataFrom: [{extract: {key: Authentik}, rewrite: [{regexp: {source: '${source}', target: '${target}'}}]}]`;

  const spec = (yaml: string, key: string, likely?: readonly string[]) => sourceOfKey(parse(yaml), vault, key, likely);
  it.each([
    ['an entry', entry, 'wiki', FIELD],
    ['an entry and a line', entry + template('WIKI: "{{ .wiki }}"'), 'WIKI', FIELD],
    ['an extract and a line', extract + template('WIKI: "{{ .WIKI_SECRET }}"'), 'WIKI', FIELD],
    ['an extract', extract, 'anything', 'anything'],
    ['a rewrite that puts something before it', rewritten('(.*)', 'item_$1'), 'item_wiki-secret', 'wiki-secret'],
    ['a rewrite that puts something behind it', rewritten('^(.*)$', '${1}_item'), 'A_B_item', 'A_B'],
  ])('finds the field behind %s', (_, yaml, key, field) => {
    expect(spec(yaml, key)).toMatchObject({ is: 'field', field });
  });

  it.each([
    [
      'a line of several values',
      extract + template('URL: "{{ .A }}:{{ .B }}"'),
      'URL',
      'is made of a template that is no value alone',
    ],
    ['another item', entry.replace('Authentik', 'Other'), 'wiki', 'is read from Other/WIKI_SECRET'],
    ['an extract of another item', 'dataFrom: [{ extract: { key: Other } }]', 'x', 'comes by dataFrom, of Other'],
    [
      'texts that stand elsewhere',
      `${extract}target: { template: { templateFrom: [{ literal: x }] } }`,
      'A',
      'may come from spec.target.template.templateFrom',
    ],
  ])('says why it is none behind %s', (_, yaml, key, why) => {
    expect(spec(yaml, key)).toEqual({ is: 'other', why: expect.stringContaining(why) as string });
  });

  it('finds nothing behind a line whose value nothing fetches', () => {
    const why = 'is a value that nothing fetches: b';
    expect(spec(entry + template('A: "{{ .b }}"'), 'A')).toEqual({ is: 'nothing', why });
  });

  it.each([
    ['no entry', entry, 'x'],
    ['no line', extract + template('A: b'), 'x'],
  ])('knows no key that is named by %s', (_, yaml, key) => {
    expect(spec(yaml, key)).toBeUndefined();
  });
});

it('tell of each key of the field', () => {
  const by: Arrival = { secretKey: 'wiki', fetchedAs: 'wiki', by: { entry: 0 }, line: false };
  expect(arrivalsOf(parse(entry), vault, FIELD).keys).toEqual([by]);
});
