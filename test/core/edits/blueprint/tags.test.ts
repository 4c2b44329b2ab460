import { describe, expect, it } from 'vitest';
import { readSection } from '../../../../core/edits/blueprint/blueprintSection.ts';
import { identityDifference } from '../../../../core/edits/blueprint/clientSection.ts';
import { APPLICATION, PROVIDER } from '../../../../core/edits/blueprint/models.ts';
import { scopeOf } from '../../../../core/edits/blueprint/scopedSection.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { identityOf } from '../../../../core/edits/blueprint/sectionFacts.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { heldBySection } from '../../../../core/policy/heldBySection.ts';
import { linesOnlyIn, rendered, written } from './rendered.ts';

const plain = { described: false };
const URL = 'https://registry.example.test';
const CALLBACK = `${URL}/zot/auth/callback/oidc`;
const context = (text: string, ...lines: readonly string[]) =>
  written(text, 'entries:\n', `context:\n${lines.map((line) => `  ${line}\n`).join('')}entries:\n`);

describe('a tag of which the file tells the value', () => {
  it.each([
    ['of the context', 'client_id: zot', 'client_id: !Context id', ['id: zot']],
    ['of the context before its own default', 'client_id: zot', 'client_id: !Context [id, else]', ['id: zot']],
    ['by its default', 'client_id: zot', 'client_id: !Context [id, zot]', ['other: 1']],
    [
      'over another value of the context',
      'client_id: zot',
      'client_id: !Context id',
      ['name: zot', 'id: !Context name'],
    ],
    [
      'put together',
      `url: ${CALLBACK}`,
      'url: !Format ["https://%s/zot/%s/callback/oidc", !Context host, auth]',
      ['host: registry.example.test'],
    ],
    [
      'with a per cent sign',
      `meta_launch_url: ${URL}`,
      'meta_launch_url: !Format ["%s", !Context url]',
      [`url: ${URL}`],
    ],
    [
      'in a reference',
      '[slug, default-provider-invalidation-flow]',
      '[slug, !Context flow]',
      ['flow: default-provider-invalidation-flow'],
    ],
    [
      'that is a reference',
      '!Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]',
      '!Context flow',
      ['flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]'],
    ],
    ['of an application that is bound', 'slug: zot\n    attrs', 'slug: !Context slug\n    attrs', ['slug: zot']],
  ])('is that value: %s', (_what, from, to, lines) => {
    const found = context(written(rendered(), from, to), ...lines);
    expect(sameSection(found, rendered(), plain)).toBe(true);
    expect(updateSection(found, rendered(), plain)).toBe(found);
  });

  it('gives way to another value in its own place, and leaves the context alone', () => {
    const found = context(
      written(rendered(), `meta_launch_url: ${URL}`, 'meta_launch_url: !Context url # see above'),
      `url: ${URL}`,
    );
    const after = updateSection(found, rendered({ launchUrl: `${URL}/v2` }), plain);
    expect(linesOnlyIn(after, found)).toEqual([`      meta_launch_url: ${URL}/v2 # see above`]);
    expect(linesOnlyIn(found, after)).toEqual(['      meta_launch_url: !Context url # see above']);
  });

  it('can be a whole list, which is then written out', () => {
    const items = rendered().match(/ {6}property_mappings:\n((?: {8}- .*\n)+)/)?.[1] ?? '';
    const list = items
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().slice(2))
      .join(', ');
    const found = context(
      written(rendered(), `property_mappings:\n${items}`, 'property_mappings: !Context scopes\n'),
      `scopes: [${list}]`,
    );
    expect(sameSection(found, rendered(), plain)).toBe(true);
    const after = updateSection(found, rendered({ scopes: ['openid'] }), plain);
    expect(after).toContain('property_mappings:\n        - !Find');
  });
});

describe('a tag of which the file does not tell the value', () => {
  const TAGS = [
    '!Env X',
    '!Env [X, zot]',
    '!File /run/x',
    '!Context nowhere',
    '!If [true, zot, other]',
    '!Format ["%s", !Env X]',
    '!Format ["%5.2f", 1]',
    '!AtIndex [!Context all, 0]',
    `!ParseJSON '"zot"'`,
    '!Made [up]',
  ];

  it.each(TAGS)('is named with entry and field, and never rewritten: %s', (tag) => {
    const found = written(rendered(), `meta_launch_url: ${URL}`, `meta_launch_url: ${tag}`);
    const words = tag.replace('\'"zot"\'', '"zot"').replace('[X, zot]', 'X');
    expect(sameSection(found, rendered(), plain)).toBe(false);
    expect(() => updateSection(found, rendered(), plain)).toThrow(
      `meta_launch_url of its entry of model ${APPLICATION} is ${words}, of which the file does not tell the value`,
    );
  });

  it.each([
    [
      'a redirect URI',
      `url: ${CALLBACK}`,
      'url: !Format ["https://%s/cb", !Env DOMAIN]',
      /redirect_uris .* !Format \["https:\/\/%s\/cb", !Env DOMAIN\]/,
    ],
    [
      'the group that is let in',
      '!Find [authentik_core.group, [name, admins]]',
      '!Find [authentik_core.group, [name, !Env ADMINS]]',
      /group .* is !Env ADMINS/,
    ],
    [
      'the order of a binding',
      'order: 0\n      target',
      'order: !Context first\n      target',
      /order .* is !Context first/,
    ],
    [
      'what a binding is of',
      '!KeyOf zot-app\n    attrs',
      '!Find [authentik_core.application, [slug, !Env SLUG]]\n    attrs',
      /target .* is !Env SLUG/,
    ],
    [
      'all of its attributes',
      /attrs:\n      name: Zot\n(      .*\n)+/.exec(rendered())?.[0] ?? '',
      'attrs: !Context everything\n',
      /has !Context everything/,
    ],
  ])('%s', (_what, from, to, reason) => {
    const found = written(rendered(), from, to);
    expect(sameSection(found, rendered(), plain)).toBe(false);
    expect(() => updateSection(found, rendered(), plain)).toThrow(reason);
  });

  it('is in the words of the file where a client is told by it', () => {
    const found = written(rendered(), 'client_id: zot', 'client_id: !Env ZOT_ID');
    expect(identityOf(readSection(found))).toMatchObject({ clientId: { env: ['ZOT_ID'] } });
    expect(identityDifference(found, { value: rendered() })).toContain('client id !Env ZOT_ID, not "zot"');
  });

  it('is no value of its own kind in what is there already', () => {
    const found = written(rendered(), '      name: artifact-workloads\n', '      name: !Env GROUP\n');
    expect(JSON.stringify(heldBySection(found, scopeOf(readSection(rendered()), 'zot')))).not.toContain('object');
    expect(JSON.stringify(readSection(found).entries.map(({ key }) => key))).not.toContain('object');
  });

  it('gives way where it is the client secret, which the job delivers', () => {
    const found = written(rendered(), '!Env AUTHENTIK_ZOT_CLIENT_SECRET', '!Context secret');
    expect(updateSection(found, rendered(), plain)).toBe(rendered());
  });
});

describe('values in other clothes', () => {
  it.each([
    ['a number in quotes', 'order: 0\n      target', 'order: "0"\n      target'],
    ['a word of YAML 1.1', 'enabled: true', 'enabled: yes'],
    ['a word in quotes', 'negate: false', 'negate: "no"'],
  ])('say the same: %s', (_what, from, to) => {
    expect(sameSection(written(rendered(), from, to), rendered(), plain)).toBe(true);
  });

  it('say the same: a client id of digits without quotes', () => {
    const wanted = written(rendered(), 'client_id: zot', 'client_id: "12345"');
    expect(sameSection(written(rendered(), 'client_id: zot', 'client_id: 12345'), wanted, plain)).toBe(true);
  });

  it('are named where they are of a form that Authentik refuses', () => {
    const uris = /redirect_uris:\n( {8}.*\n)+/.exec(rendered())?.[0] ?? '';
    const found = written(rendered(), uris, `redirect_uris: |\n        ${CALLBACK}\n        ${URL}/two\n`);
    expect(() => updateSection(found, rendered(), plain)).toThrow(/redirect_uris .* as before Authentik 2024\.12/);
    expect(readSection(found).entries.find(({ model }) => model === PROVIDER)).toBeDefined();
  });
});
