import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { restoreClientSection, updateClientSection } from '../../../../core/edits/blueprint/clientSection.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { TAGGED } from '../../../fixtures/taggedYaml.ts';
import { rendered, written } from './rendered.ts';

/**
 * One client in all the words that people have for it, several at once. What must hold: it is there; a change writes the fields that
 * differ and leaves every other value of the file, as a parser reads it that the edits do not use; twice is once; and the
 * way back gives every byte.
 */

const MODEL = 'authentik_providers_oauth2.scopemapping';
const URL = 'https://registry.example.test';
const GRANTS = 'grant_types: [authorization_code, refresh_token]';
const plain = { described: false };

type Shape = (text: string) => string;
const as = (from: string, ...ways: readonly string[]): fc.Arbitrary<Shape> =>
  fc.constantFrom(from, ...ways).map((to) => (text) => written(text, from, to));

const scope = (name: string): fc.Arbitrary<Shape> => {
  const managed = `goauthentik.io/providers/oauth2/scope-${name}`;
  const full = `"authentik default OAuth Mapping: OpenID '${name}'"`;
  return as(
    `!Find [${MODEL}, [scope_name, ${name}]]`,
    `!Find [${MODEL}, [managed, ${managed}]] # theirs`,
    `!Find [authentik_core.propertymapping, [managed, "${managed}"]]`,
    `!Find [${MODEL}, [name, ${full}]]`,
    `!Context ${name}_mapping`,
  );
};

const CONTEXT = `context:
  url: ${URL} # of the registry
  flow: default-provider-invalidation-flow
  common: &common
    client_type: confidential
    ${GRANTS}
  rest: &rest {sub_mode: hashed_user_id, client_type: public}
${['openid', 'email', 'profile'].map((name) => `  ${name}_mapping: !Find [${MODEL}, [scope_name, ${name}]]\n`).join('')}entries:
`;

const PEOPLES = [
  '  # what went\n  - model: authentik_core.group\n    state: absent\n    identifiers: {name: former}\n',
  `  - model: ${MODEL}\n    id: books\n    identifiers: {managed: own/books}\n    attrs: {name: Books, scope_name: books} # ours\n`,
  '  - model: authentik_core.group\n    state: created\n    identifiers: {name: once}\n    attrs: {attributes: {a: *rest}}\n',
  '  - model: authentik_core.brand\n    conditions: [!Context never]\n    identifiers: {domain: !Env DOMAIN}\n',
];

const shapes = fc.tuple(
  scope('openid'),
  scope('email'),
  scope('profile'),
  as(
    `meta_launch_url: ${URL}`,
    'meta_launch_url: !Context url',
    'meta_launch_url: !Format ["https://%s", registry.example.test]',
  ),
  as('[slug, default-provider-invalidation-flow]', '[slug, !Context flow]'),
  as(
    'client_type: confidential\n',
    '<<: *common\n',
    '<<: [*common, *rest]\n',
    'client_type: confidential\n      <<: *rest\n',
  ),
  as(`      ${GRANTS}\n`, `      grant_types: &own\n        - refresh_token\n        - authorization_code # both\n`),
  as('redirect_uris:', 'redirect_uris: # all'),
  as('model: authentik_core.application\n', 'model: authentik_core.application\n    conditions: []\n'),
  as('order: 0\n      target', 'order: "0"\n      target'),
  as('enabled: true', 'enabled: yes', 'enabled: "true"'),
  fc.subarray(PEOPLES).map(
    (entries): Shape =>
      (text) =>
        `${text}${entries.join('')}`,
  ),
);

const sections = shapes.map((all) =>
  written(
    all.reduce((made, shape) => shape(made), rendered()),
    'entries:\n',
    CONTEXT,
  ),
);

const changes = fc.constantFrom(
  [{ scopes: ['openid', 'email'] }, ['property_mappings']],
  [{ scopes: ['openid', 'profile', 'email', 'offline_access'] }, ['property_mappings']],
  [{ launchUrl: `${URL}/v2` }, ['meta_launch_url']],
  [{ launchUrl: undefined }, ['meta_launch_url']],
  [{ redirectUris: [`${URL}/zot/auth/callback/oidc`, `${URL}/two`] }, ['redirect_uris']],
  [{ access: { groups: ['staff'] } }, ['group']],
) as fc.Arbitrary<[Parameters<typeof rendered>[0], readonly string[]]>;

/** What a text says beside these fields of its entries. */
function others(text: string, fields: readonly string[]): unknown {
  return JSON.parse(
    JSON.stringify(load(text, { schema: TAGGED }), (key, value: unknown) => (fields.includes(key) ? '…' : value)),
  );
}

function manifest(section: string): string {
  return `kind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  zot.yaml: |\n${section.replaceAll(/^(?=.)/gm, '    ')}`;
}

describe('a client in the words of people', () => {
  it('is there, and nothing is written', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(sections, (found) => {
        expect(sameSection(found, rendered(), plain)).toBe(true);
        expect(updateSection(found, rendered(), plain)).toBe(found);
      }),
      { numRuns: 100 },
    );
  });

  it('is changed in the fields that differ, and given back', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(sections, changes, (found, [spec, fields]) => {
        const wanted = rendered(spec);
        const after = updateSection(found, wanted, plain);
        expect(updateSection(after, wanted, plain)).toBe(after);
        expect(others(after, fields)).toEqual(others(found, fields));

        const key = { name: 'blueprints', key: 'zot.yaml', value: wanted, ...plain };
        const changed = updateClientSection(manifest(found), key);
        expect(changed).toMatchObject({ kind: 'changed', text: manifest(after) });
        expect(restoreClientSection(manifest(after), manifest(found), key)).toMatchObject({ text: manifest(found) });
      }),
      { numRuns: 60 },
    );
  });
});
