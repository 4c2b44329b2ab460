import { describe, expect, it } from 'vitest';
import { readSection } from '../../../../core/edits/blueprint/blueprintSection.ts';
import { PROVIDER } from '../../../../core/edits/blueprint/models.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { scopeOf } from '../../../../core/edits/blueprint/sectionValues.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { linesOnlyIn, rendered, written } from './rendered.ts';

const plain = { described: false };
const MODEL = 'authentik_providers_oauth2.scopemapping';
const find = (field: string, value: string, model = MODEL) => `!Find [${model}, [${field}, ${value}]]`;
const openid = find('scope_name', 'openid');
const withScope = (scope: string) => rendered({ scopes: ['openid', 'email', scope] });

/** An entry of a mapping of people's own, above the others. */
const mapping = (scope: string, id = 'own') => `entries:
  - model: ${MODEL}
    id: ${id}
    identifiers:
      name: my own mapping
    attrs:
      scope_name: ${scope}
      expression: return {}
`;

function scopesOf(text: string): unknown {
  const provider = readSection(text).entries.find(({ model }) => model === PROVIDER);
  return ((provider?.values ?? {})['property_mappings'] as unknown[]).map(scopeOf);
}

describe('a reference to a scope mapping', () => {
  const ways = ['openid', 'email', 'profile', 'offline_access'].flatMap((scope) => {
    const managed = `goauthentik.io/providers/oauth2/scope-${scope}`;
    const name = `"authentik default OAuth Mapping: OpenID '${scope}'"`;
    return [
      [scope, find('managed', managed)],
      [scope, find('name', name)],
      [scope, find('managed', managed, 'authentik_core.propertymapping')],
      [scope, find('name', name, 'authentik_core.propertymapping')],
      [scope, `!Find [${MODEL}, [scope_name, ${scope}], [managed, ${managed}]]`],
    ] as [string, string][];
  });

  it.each([
    ...ways,
    ['entitlements', find('name', '"authentik default OAuth Mapping: Application Entitlements"')],
    ['entitlements', find('managed', 'goauthentik.io/providers/oauth2/scope-entitlements')],
    ['goauthentik.io/api', find('managed', 'goauthentik.io/providers/oauth2/scope-authentik_api')],
    ['goauthentik.io/api', find('name', '"authentik default OAuth Mapping: authentik API access"')],
  ] as [string, string][])('to %s, however it is found: %s', (scope, reference) => {
    const wanted = withScope(scope);
    const found = written(wanted, find('scope_name', scope), reference);
    expect(sameSection(found, wanted, plain)).toBe(true);
    expect(updateSection(found, wanted, plain)).toBe(found);
    expect(scopesOf(found)).toContain(scope);
  });

  it('is to one that the same file makes, by id, by name or by scope', () => {
    const wanted = withScope('books');
    for (const reference of ['!KeyOf own', find('name', 'my own mapping'), find('scope_name', 'books')]) {
      const found = written(written(wanted, 'entries:\n', mapping('books')), find('scope_name', 'books'), reference);
      expect(sameSection(found, wanted, plain)).toBe(true);
    }
  });

  it('keeps its line where others come and go', () => {
    const managed = find('managed', 'goauthentik.io/providers/oauth2/scope-openid');
    const found = written(rendered(), openid, `${managed} # by hand`);
    const after = updateSection(found, withScope('offline_access'), plain);
    expect(linesOnlyIn(after, found)).toEqual([`        - ${find('scope_name', 'offline_access')}`]);
    expect(linesOnlyIn(found, after)).toEqual([`        - ${find('scope_name', 'profile')}`]);
  });

  it.each([
    [
      'a mapping that the file does not tell the scope of',
      (text: string) => written(text, openid, find('name', 'my own mapping')),
    ],
    ['an entry that is not there', (text: string) => written(text, openid, '!KeyOf nobody')],
    [
      'a mapping without a scope',
      (text: string) => written(written(text, 'entries:\n', mapping('!Env SCOPE')), openid, '!KeyOf own'),
    ],
    [
      'one of two mappings of its scope',
      (text: string) => written(written(text, 'entries:\n', mapping('openid')), openid, '!KeyOf own'),
    ],
    [
      'a field that no property mapping has',
      (text: string) => written(text, openid, find('scope_name', 'openid', 'authentik_core.propertymapping')),
    ],
    ['a variable', (text: string) => written(text, openid, find('scope_name', '!Env SCOPE'))],
  ])('is neither the same nor rewritten, but named: %s', (_what, edit) => {
    const found = edit(rendered());
    expect(sameSection(found, rendered(), plain)).toBe(false);
    expect(() => updateSection(found, rendered(), plain)).toThrow(
      /property_mappings .*(!Find \[.*(my own mapping|openid)|!KeyOf nobody|!Env SCOPE).* the file does not tell/,
    );
    // What has to do with no scope is not in the way of reading the client.
    expect(scopesOf(found)).toEqual([undefined, 'email', 'profile']);
  });
});
