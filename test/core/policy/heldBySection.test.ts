import { expect, it } from 'vitest';
import { heldBySection } from '../../../core/policy/heldBySection.ts';

const section = (attrs: string): string => `version: 1
entries:
  - model: authentik_providers_oauth2.oauth2provider
    id: wiki-provider
    identifiers: { name: Wiki }
    attrs: { client_id: wiki }
  - model: authentik_core.application
    id: wiki
    identifiers: { slug: wiki }
    attrs: { name: Wiki, provider: !KeyOf wiki-provider }
  - model: authentik_policies.policybinding
    identifiers: { order: 0, target: !KeyOf wiki }
    attrs: { group: !Find [authentik_core.group, [name, guests]]${attrs} }
`;
const scope = { slug: 'wiki', providerName: 'Wiki', accounts: [], client: undefined };

it.each([
  ['', 'guests'],
  [', enabled: true, negate: false', 'guests'],
  [', enabled: false', ''],
  [', negate: true', ''],
])('a binding of a group with "%s" lets in "%s"', (attrs, group) => {
  expect(heldBySection(section(attrs), scope).bound).toEqual([group]);
});

it.each([
  ['', {}],
  [', redirect_uri_type: authorization', {}],
  [', redirect_uri_type: logout', { type: 'logout' }],
])('an address with "%s" stands as what it is for: %j', (type, held) => {
  const uri = `{ url: https://wiki.example/out, matching_mode: strict${type} }`;
  const text = section('').replace('client_id: wiki }', `client_id: wiki, redirect_uris: [${uri}] }`);
  expect(heldBySection(text, scope).redirectUris).toEqual([
    { matchingMode: 'strict', url: 'https://wiki.example/out', ...held },
  ]);
});
