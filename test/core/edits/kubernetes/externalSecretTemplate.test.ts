import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  addSecretEntry,
  removeSecretEntry,
  type SecretEntry,
} from '../../../../core/edits/kubernetes/externalSecret.ts';
import { onePassword } from '../../../../core/vault/onepassword/words.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';

const edit = { add: addSecretEntry, remove: removeSecretEntry };
const vault = onePassword({
  kind: 'connect',
  connectHost: 'https://c.example',
  vaultId: 'v',
  itemId: 'i',
  itemTitle: 'Authentik',
});
const wanted: SecretEntry = { name: 'authentik', secretKey: 'WIKI_SECRET', field: 'WIKI_SECRET', vault };
const dashed: SecretEntry = { ...wanted, secretKey: 'wiki-secret', field: 'wiki-secret' };

const head = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: authentik
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: onepassword}
`;
const template = (lines: string, more = ''): string => `${head}  target:
    name: authentik-env
    template:
${more}      data:
${lines}`;
const extract = `  dataFrom:
    - extract:
        key: Authentik
`;
const entries = `  data:
    - secretKey: key
      remoteRef:
        key: Authentik
        property: secret-key
`;
const neighbour = '        KEY: "{{ .key }}"\n';

describe('a line is all that lacks', () => {
  it.each([
    ['beside an extract of the item', neighbour, extract, '        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n', wanted],
    [
      'in the quotes and blanks of its neighbour',
      "        KEY: '{{.key}}'\n",
      extract,
      "        WIKI_SECRET: '{{.WIKI_SECRET}}'\n",
      wanted,
    ],
    [
      'under a quoted key',
      '        "KEY": "{{ .key }}"\n',
      extract,
      '        "WIKI_SECRET": "{{ .WIKI_SECRET }}"\n',
      wanted,
    ],
    [
      'for a name that Go cannot write behind a dot',
      neighbour,
      extract,
      `        wiki-secret: '{{ index . "wiki-secret" }}'\n`,
      dashed,
    ],
    [
      'below a block',
      '        KEY: "{{ .key }}"\n        url: |\n          x://{{ .key }}@db\n',
      extract,
      '        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n',
      wanted,
    ],
    [
      'for another key than the field',
      neighbour,
      extract,
      '        WIKI: "{{ .WIKI_SECRET }}"\n',
      { ...wanted, secretKey: 'WIKI' },
    ],
    [
      'under the name that a rewrite gives',
      neighbour,
      `${extract}      rewrite:\n        - regexp:\n            source: "(.*)"\n            target: ak_$1\n`,
      '        WIKI_SECRET: "{{ .ak_WIKI_SECRET }}"\n',
      wanted,
    ],
  ] as const)('%s', (_, lines, source, added, entry) => {
    expect(bothWays(edit, template(lines) + source, entry)).toBe(template(lines + added) + source);
  });

  it('for the first engine too, and with the line breaks of Windows', () => {
    const [lines, engine] = ['        KEY: "{{ .key | toString }}"\n', '      engineVersion: v1\n'];
    const before = template(lines, engine) + extract;
    const after = template(`${lines}        WIKI_SECRET: "{{ .WIKI_SECRET | toString }}"\n`, engine) + extract;
    expect(bothWays(edit, before, wanted)).toBe(after);
    expect(bothWays(edit, crlf(before), wanted)).toBe(crlf(after));
    expect(bothWays(edit, before.replace('/v1', '/v1beta1'), wanted)).toBe(after.replace('/v1', '/v1beta1'));
  });
});

describe('an entry and a line', () => {
  const entry = `    - secretKey: WIKI_SECRET
      remoteRef:
        key: Authentik
        property: WIKI_SECRET
`;
  const line = '        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n';

  it('are added where neither is', () => {
    expect(bothWays(edit, template(neighbour) + entries, wanted)).toBe(template(neighbour + line) + entries + entry);
  });

  it('are added beside an extract of another item', () => {
    const other = extract.replace('Authentik', 'Postgres');
    expect(bothWays(edit, template(neighbour) + other, wanted)).toBe(
      template(neighbour + line) +
        entry.replace('key: Authentik', 'key: "Authentik"').replace(/^/, '  data:\n') +
        other,
    );
  });

  it.each([
    ['the line', template(neighbour) + entries + entry],
    ['the entry', template(neighbour + line) + entries],
  ])('are there only together: %s is added', (_, half) => {
    const whole = template(neighbour + line) + entries + entry;
    expect(changed(addSecretEntry(half, wanted)).text).toBe(whole);
    // Half of it would name a field that goes with the client.
    expect(changed(removeSecretEntry(half, wanted)).text).toBe(template(neighbour) + entries);
  });

  it('are found under whatever name the entry fetches the value, and go together', () => {
    const named = (name: string): string =>
      template(`${neighbour}        WIKI_SECRET: "{{ .${name} }}"\n`) + entries + entry.replace('WIKI_SECRET', name);
    expect(addSecretEntry(named('w'), wanted)).toEqual({ kind: 'alreadyThere', text: named('w') });
    expect(changed(removeSecretEntry(named('w'), wanted)).text).toBe(template(neighbour) + entries);
  });

  it('leave an entry whose value another line takes', () => {
    const others = `${neighbour}        MIXED: "x {{ .WIKI_SECRET }}"\n`;
    const there = template(others + line) + entries + entry;
    expect(changed(removeSecretEntry(there, wanted)).text).toBe(template(others) + entries + entry);
  });
});

it('an entry alone is added where the template merges', () => {
  const before = template(neighbour, '      mergePolicy: Merge\n') + entries;
  expect(bothWays(edit, before, wanted)).toContain('- secretKey: WIKI_SECRET');
  expect(bothWays(edit, before, wanted)).not.toContain('{{ .WIKI_SECRET }}');
});

it('a line is added beside templates that stand elsewhere, for the line goes before them', () => {
  const before = template(neighbour, '      templateFrom: [{configMap: {name: x, items: [{key: a}]}}]\n') + extract;
  expect(bothWays(edit, before, wanted)).toContain('        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n');
});

describe('a key that holds something else is shown and kept', () => {
  it.each([
    ['another value', '"{{ .key }}"', '{{ .key }}'],
    ['several values', '"x://{{ .key }}:hunter2@db"', '{{ .key }} …'],
    ['a text', 'hunter2', '…'],
    ['a default', `'{{ .WIKI_SECRET | default "hunter2" }}'`, '{{ .WIKI_SECRET | default … }}'],
  ])('%s', (_, value, shown) => {
    const text = template(`        WIKI_SECRET: ${value}\n${neighbour}`) + entries;
    const different = {
      kind: 'different',
      found: `spec.target.template.data, WIKI_SECRET: ${shown}`,
      wanted: 'spec.target.template.data, WIKI_SECRET: {{ .WIKI_SECRET }}',
    };
    expect(addSecretEntry(text, wanted)).toEqual(different);
    expect(removeSecretEntry(text, wanted)).toEqual(different);
  });

  it.each([
    ['another field', '{key: Authentik, property: other}', 'of field "other" of the item'],
    ['another item', '{key: Postgres, property: WIKI_SECRET}', 'which is read from'],
  ])('with where its value comes from, where the line is as wanted: %s', (_, ref, whence) => {
    const other = `${entries}    - secretKey: WIKI_SECRET\n      remoteRef: ${ref}\n`;
    const text = template(`        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n${neighbour}`) + other;
    expect(addSecretEntry(text, wanted)).toMatchObject({
      found: expect.stringContaining(`WIKI_SECRET: {{ .WIKI_SECRET }}, ${whence}`) as string,
      wanted: 'spec.target.template.data, WIKI_SECRET: {{ .WIKI_SECRET }}, of field "WIKI_SECRET" of the item',
    });
  });

  it('an entry of its name that reads another field', () => {
    const other = `${entries}    - secretKey: WIKI_SECRET\n      remoteRef: {key: Authentik, property: other}\n`;
    for (const outcome of [
      addSecretEntry(template(neighbour) + other, wanted),
      removeSecretEntry(template(neighbour) + other, wanted),
    ])
      expect(outcome).toMatchObject({
        kind: 'different',
        found: expect.stringContaining('"property":"other"') as string,
      });
  });
});

describe('what cannot be told or written is refused', () => {
  it.each([
    [
      'templates that stand elsewhere',
      `${head}  target:\n    template:\n      templateFrom: [{configMap: {name: x, items: [{key: a}]}}]\n${extract}`,
      'the keys of its Secret come from spec.target.template.templateFrom',
    ],
    [
      'a rewrite that nobody follows',
      `${template(neighbour)}${extract}      rewrite: [{merge: {}}]\n`,
      'nobody can tell how the field arrives: spec.dataFrom[0]: rewrite.merge',
    ],
    [
      'a template in one line',
      `${head}  target: {template: {data: {KEY: "{{ .key }}"}}}\n${extract}`,
      'spec.target.template.data is not a block mapping',
    ],
    [
      'entries that are no list',
      `${template(neighbour)}  data: {secretKey: key, remoteRef: {key: Authentik, property: a}}\n`,
      'spec.data is no list of mappings',
    ],
    [
      'a template that an alias repeats',
      `${template(neighbour).replace('      data:', '      data: &d')}${extract}x: *d\n`,
      'shared by the anchor &d',
    ],
  ])('%s', (_, text, reason) => {
    expect(addSecretEntry(text, wanted)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('to take the only line of a template out', () => {
    const only = template('        WIKI_SECRET: "{{ .WIKI_SECRET }}"\n') + extract;
    expect(removeSecretEntry(only, wanted)).toMatchObject({
      kind: 'refused',
      reason: 'the line is the only one of the template',
    });
  });
});

it('the lines to add by hand are all that lacks', () => {
  const sources = fc.constantFrom(
    '',
    extract,
    extract.replace('Authentik', 'Other'),
    `${extract}      rewrite: [{regexp: {source: "^", target: p_}}]\n`,
  );
  const specs = fc.record({
    source: sources,
    data: fc.constantFrom('', entries, '  data: [{secretKey: key, remoteRef: {key: Authentik, property: a}}]\n'),
    lines: fc.constantFrom(
      '',
      '{KEY: "{{ .key }}"}',
      '\n        KEY: "{{ .key }}"',
      '{KEY: "{{ .key }}", mergePolicy: x}',
    ),
    from: fc.constantFrom('', 'templateFrom: [{secret: {name: x, items: [{key: a}]}}]'),
    merge: fc.constantFrom('', 'mergePolicy: Merge'),
    engine: fc.constantFrom('', 'engineVersion: v1'),
    entry: fc.constantFrom(wanted, dashed, { ...wanted, secretKey: 'sso.wiki' }),
  });
  let refused = 0;
  fc.assert(
    fc.property(specs, ({ source, data, lines, from, merge, engine, entry }) => {
      const keys = [from, merge, engine, lines === '' ? '' : `data: ${lines}`].filter((each) => each !== '');
      const block =
        keys.length === 0 ? '' : `  target:\n    template:\n${keys.map((each) => `      ${each}\n`).join('')}`;
      const text = head + block + data + source;
      const outcome = addSecretEntry(text, entry);
      if (outcome.kind !== 'refused') return;
      refused += 1;
      const merged = stringify(withAdded(parse(text), parse(outcome.addByHand)), { lineWidth: 0 });
      expect(addSecretEntry(merged, entry), outcome.addByHand).toEqual({ kind: 'alreadyThere', text: merged });
    }),
    { numRuns: 600, seed: 18 },
  );
  expect(refused).toBeGreaterThan(100);
});

/** As a person adds them: lines below the mapping or list of their path. */
function withAdded(there: unknown, added: unknown): unknown {
  if (Array.isArray(there) && Array.isArray(added)) return [...(there as unknown[]), ...(added as unknown[])];
  if (typeof there !== 'object' || there === null || typeof added !== 'object' || added === null) return added;
  const merged: Record<string, unknown> = { ...there };
  for (const [key, value] of Object.entries(added)) merged[key] = key in merged ? withAdded(merged[key], value) : value;
  return merged;
}
