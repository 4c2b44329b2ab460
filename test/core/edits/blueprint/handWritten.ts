/** Sections as people write them: entries of one client, to be put together in a text. */

const find = (model: string, field: string, value: string): string => `!Find [${model}, [${field}, ${value}]]`;

export function provider(slug: string, name = slug, id = `${slug}-provider`): string {
  return `  - model: authentik_providers_oauth2.oauth2provider
${id === '' ? '' : `    id: ${id}\n`}    identifiers:
      name: ${name}
    attrs:
      authorization_flow: ${find('authentik_flows.flow', 'slug', 'default-provider-authorization-implicit-consent')}
      client_type: confidential
      client_id: ${slug}
      client_secret: !Env ${slug.toUpperCase()}_SECRET
      redirect_uris:
        - matching_mode: strict
          url: https://${slug}.example.test/cb
      property_mappings:
        - ${find('authentik_providers_oauth2.scopemapping', 'scope_name', 'openid')}
`;
}

export function application(slug: string, reference = `!KeyOf ${slug}-provider`, id = `${slug}-app`): string {
  return `  - model: authentik_core.application
    id: ${id}
    identifiers:
      slug: ${slug}
    attrs:
      name: ${slug}
      provider: ${reference}
`;
}

export function binding(target: string, group: string, order = 0): string {
  return `  - model: authentik_policies.policybinding
    identifiers:
      order: ${order}
      target: ${target}
    attrs:
      group: ${group}
`;
}

export const findGroup = (name: string): string => find('authentik_core.group', 'name', name);
export const findApplication = (slug: string): string => find('authentik_core.application', 'slug', slug);
export const findProvider = (name: string): string => find('authentik_providers_oauth2.oauth2provider', 'name', name);

export function group(name: string, id = `group-${name}`): string {
  return `  - model: authentik_core.group
    id: ${id}
    identifiers:
      name: ${name}
    attrs:
      name: ${name}
`;
}

export function section(...entries: readonly string[]): string {
  return `version: 1\nmetadata:\n  name: By hand\nentries:\n${entries.join('')}`;
}
