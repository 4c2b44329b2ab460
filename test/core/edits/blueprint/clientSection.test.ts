import { describe, expect, it } from 'vitest';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
} from '../../../../core/edits/blueprint/clientSection.ts';
import type { EditOutcome } from '../../../../core/edits/yaml/edit.ts';
import { replaceSection, sectionIn } from '../../../../core/edits/kubernetes/mapSection.ts';

const SECTION = `version: 1
metadata:
  name: Tool
entries:
  # the provider

  - model: authentik_providers_oauth2.oauth2provider
    id: p
    identifiers: {name: Tool}
    attrs:
      client_id: tool # do not touch
      redirect_uris:
        - matching_mode: strict
          url: https://tool.example/
  - model: authentik_core.application
    id: a
    identifiers: {slug: tool}
    attrs:
      name: Tool
      provider: !KeyOf p
`;
const TWO = SECTION.replace(
  'https://tool.example/\n',
  'https://tool.example/\n        - matching_mode: strict\n          url: https://two.example/\n',
);
const key = { name: 'blueprints', key: 'tool.yaml', described: false };

function manifest(section: string, { head = '|', pad = '    ', tail = '' } = {}): string {
  const lines = section
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `${pad}${line}`));
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  first.yaml: |\n    a: 1   \n\n  tool.yaml: ${head}\n${lines.join('\n')}\n${tail}`;
}

function textOf(outcome: EditOutcome): string {
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  return outcome.text;
}

const LAYOUTS: readonly (readonly [string, string])[] = [
  ['plain', manifest(SECTION)],
  ['a comment and a key behind it', manifest(SECTION, { tail: '\n  # the last one\n  last.yaml: |\n    b: 2\n' })],
  ['no line break at the end of the value', manifest(SECTION, { head: '|-' })],
  ['a comment behind the bar', manifest(SECTION, { head: '| # by hand' })],
  ['an indentation of eight', manifest(SECTION, { pad: '        ' })],
  ['line breaks of Windows', manifest(SECTION).replaceAll('\n', '\r\n')],
  ['blanks on an empty line', manifest(SECTION).replace('provider\n\n', 'provider\n      \n')],
];

describe('a section of a ConfigMap', () => {
  it.each(LAYOUTS)('is changed in its own lines, and put back: %s', (_what, text) => {
    const wanted = { ...key, value: TWO };
    const after = textOf(updateClientSection(text, wanted));

    const [before, now] = [text, after].map((each) => each.split('\n'));
    const added = now?.filter((line) => !before?.includes(line)) ?? [];
    expect(added.map((line) => line.trim())).toEqual(['url: https://two.example/']);
    expect(now?.length).toBe((before?.length ?? 0) + 2);
    expect(sectionIn(after, key)?.trimEnd()).toBe(
      TWO.trimEnd().replace('provider\n\n', text.includes('      \n') ? 'provider\n  \n' : 'provider\n\n'),
    );
    expect(addClientSection(after, wanted).kind).toBe('alreadyThere');
    expect(textOf(restoreClientSection(after, text, wanted))).toBe(text);
    expect(restoreClientSection(text, text, wanted)).toEqual({ kind: 'alreadyThere', text });
  });

  it('is put back beside comments that people have written since, and in another place', () => {
    const [, text] = LAYOUTS[1] as (typeof LAYOUTS)[number];
    const wanted = { ...key, value: TWO };
    const after = textOf(updateClientSection(text, wanted)).replace('# the provider', '# our provider');

    const back = textOf(restoreClientSection(`# moved\n${after}`, text, wanted));

    expect(back).toBe(`# moved\n${text.replace('# the provider', '# our provider')}`);
  });

  it('is kept where it says something that the change did not', () => {
    const text = manifest(SECTION);
    const wanted = { ...key, value: TWO };
    const after = textOf(updateClientSection(text, wanted)).replace('https://two.example/', 'https://three.example/');
    expect(restoreClientSection(after, text, wanted).kind).toBe('different');
  });

  it('is taken out in whatever style it is, while it says what was asked for', () => {
    const other = SECTION.replace('identifiers: {slug: tool}', 'identifiers:\n      slug: "tool"');
    const text = manifest(other);
    expect(textOf(removeClientSection(text, { ...key, value: SECTION }))).not.toContain('tool.yaml');
    expect(removeClientSection(text, { ...key, value: TWO }).kind).toBe('different');
  });

  it.each([
    ['slug', SECTION.replace('slug: tool', 'slug: other')],
    ['provider name', SECTION.replace('{name: Tool}', '{name: other}')],
    ['client id', SECTION.replace('client_id: tool', 'client_id: other')],
  ])('is another client’s by its %s', (what, section) => {
    const outcome = updateClientSection(manifest(section), { ...key, value: SECTION });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining(`${what} "other"`) as string });
    expect(JSON.stringify(outcome)).toContain('register it anew');
  });

  it.each([
    ['client_id: !Env TOOL_CLIENT_ID', 'client_id: tool', 'client id !Env TOOL_CLIENT_ID, not "tool"'],
    ['client_id: tool', 'client_id: !Env TOOL_CLIENT_ID', 'client id "tool", not !Env TOOL_CLIENT_ID'],
    ['client_id: tool', 'client_id: !File /kept/tool', 'client id "tool", not !File /kept/tool'],
  ])('says how its client id comes to be from elsewhere: %s → %s', (is, wants, said) => {
    const [found, value] = [is, wants].map((line) => SECTION.replace('client_id: tool', line));
    const outcome = updateClientSection(manifest(found ?? ''), { ...key, value: value ?? '' });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining(said) as string });
    expect(JSON.stringify(outcome)).toContain('with the same id as before, put it by hand into vault');
  });

  it.each([
    ['a folded scalar', '>', 'no literal block scalar'],
    ['a quoted one', '"version: 1" #', 'no literal block scalar'],
  ])('is refused as %s', (_what, head, reason) => {
    const text = manifest('a: 1', { head }).replace(/^ {4}a: 1\n$/m, head === '>' ? '    a: 1\n' : '');
    expect(replaceSection(text, key, SECTION)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('what people wrote into a section', () => {
  const own = `${SECTION}  - model: authentik_providers_oauth2.scopemapping
    identifiers: {name: shared}
    attrs: {scope_name: shared, expression: return 1}
`;

  it('stays where the client’s entries go', () => {
    const outcome = removeClientSection(manifest(own), { ...key, value: SECTION });
    expect(outcome).toMatchObject({ kind: 'changed' });
    const left = sectionIn(outcome.kind === 'changed' ? outcome.text : '', key);
    expect(left).toMatch(/scopemapping/);
    expect(left).not.toMatch(/oauth2provider|application/);
    expect(addClientSection(manifest(own), { ...key, value: SECTION })).toMatchObject({ kind: 'alreadyThere' });
  });

  it.each([
    [
      'a mapping that is merged into another, which may say anything',
      SECTION.replace('    identifiers: {slug: tool}\n', '    <<: {state: absent}\n    identifiers: {slug: tool}\n'),
    ],
    [
      'an alias whose anchor a change would take away',
      SECTION.replace('      name: Tool\n', '      name: &name Old\n      meta_description: *name\n'),
    ],
  ])('is not guessed at: %s', (_what, there) => {
    expect(there).not.toBe(SECTION);
    expect(addClientSection(manifest(there), { ...key, value: SECTION })).toMatchObject({ kind: 'different' });
    expect(updateClientSection(manifest(there), { ...key, value: SECTION })).toMatchObject({ kind: 'refused' });
  });
});

describe('a binding', () => {
  const bound = (more: string): string => `${SECTION}  - model: authentik_policies.policybinding
    identifiers: {order: 0, target: !KeyOf a, group: !Find [authentik_core.group, [name, admins]]}
    attrs: {enabled: true${more}}
`;

  it.each([
    'policy: !Find [authentik_policies_expression.expressionpolicy, [name, x]]',
    'user: 3',
    'failure_result: true',
  ])('that asks something else too is another one: %s', (more) => {
    const value = bound('');
    const outcome = addClientSection(manifest(bound(`, ${more}`)), { ...key, value });
    expect(outcome).toMatchObject({ kind: 'different' });
  });

  it('that writes the defaults down is the same', () => {
    const outcome = addClientSection(manifest(bound(', negate: false, timeout: 30, policy: null')), {
      ...key,
      value: bound(''),
    });
    expect(outcome).toMatchObject({ kind: 'alreadyThere' });
  });
});
