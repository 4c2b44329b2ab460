export interface ClientText {
  /** Prefix of the entries' ids and, where nothing else is said, every name. */
  readonly slug: string;
  readonly blueprintName?: string;
  readonly clientId?: string;
  readonly providerName?: string;
  /** The field that identifies the provider. */
  readonly identify?: 'name' | 'client_id';
  readonly state?: string;
  /** As YAML. */
  readonly secret?: string;
  readonly clientType?: string;
  readonly flow?: string;
  readonly signingKey?: string;
  /** As YAML; left out where it is `''`. */
  readonly grantTypes?: string;
  readonly group?: string;
  readonly appName?: string;
  /** A group and a service account in it. */
  readonly people?: boolean;
}

/** A blueprint like those of the recordings: provider, application, one binding, and people where asked. */
export function clientText(text: ClientText): string {
  const { slug, grantTypes = '[authorization_code, refresh_token]' } = text;
  return [
    'version: 1',
    'metadata:',
    `  name: ${text.blueprintName ?? `oidc-${slug}`}`,
    'entries:',
    ...providerLines(text, grantTypes),
    ...entry(
      'authentik_core.application',
      `${slug}-app`,
      [`slug: ${slug}`],
      [`name: ${text.appName ?? slug}`, `provider: !KeyOf ${slug}-provider`],
    ),
    ...entry(
      'authentik_policies.policybinding',
      undefined,
      [
        `target: !KeyOf ${slug}-app`,
        `group: !Find [authentik_core.group, [name, ${text.group ?? 'admins'}]]`,
        'order: 0',
      ],
      ['enabled: true'],
    ),
    ...(text.people === true ? peopleLines(slug) : []),
    '',
  ].join('\n');
}

function providerLines(text: ClientText, grantTypes: string): readonly string[] {
  const { slug, identify = 'name' } = text;
  const names = { name: text.providerName ?? slug, client_id: text.clientId ?? slug };
  const other = identify === 'name' ? `client_id: ${names.client_id}` : `name: ${names.name}`;
  const flow = (name: string): string => `!Find [authentik_flows.flow, [slug, ${name}]]`;
  const scope = (name: string): string => `  - !Find [authentik_providers_oauth2.scopemapping, [scope_name, ${name}]]`;
  const lines = [
    `client_type: ${text.clientType ?? 'confidential'}`,
    other,
    `client_secret: ${text.secret ?? '!Env OIDC_DEMO_SECRET'}`,
    `authorization_flow: ${flow(text.flow ?? 'default-provider-authorization-implicit-consent')}`,
    `invalidation_flow: ${flow('default-provider-invalidation-flow')}`,
    `signing_key: !Find [authentik_crypto.certificatekeypair, [name, ${text.signingKey ?? 'authentik Self-signed Certificate'}]]`,
    ...(grantTypes === '' ? [] : [`grant_types: ${grantTypes}`]),
    'redirect_uris:',
    '  - matching_mode: strict',
    `    url: https://${slug}.example.invalid/callback`,
    'property_mappings:',
    ...['openid', 'email', 'profile'].map(scope),
  ];
  const identifiers = [`${identify}: ${names[identify]}`];
  return entry('authentik_providers_oauth2.oauth2provider', `${slug}-provider`, identifiers, lines, text.state);
}

function peopleLines(slug: string): readonly string[] {
  return [
    ...entry('authentik_core.group', `${slug}-ci`, [`name: ${slug}-ci`], [`name: ${slug}-ci`]),
    ...entry(
      'authentik_core.user',
      undefined,
      [`username: svc-${slug}`],
      [
        `name: ${slug} service account`,
        'type: service_account',
        'path: service-accounts',
        'groups:',
        `  - !KeyOf ${slug}-ci`,
      ],
    ),
  ];
}

function entry(
  model: string,
  id: string | undefined,
  identifiers: readonly string[],
  attrs: readonly string[],
  state?: string,
): readonly string[] {
  return [
    `  - model: ${model}`,
    ...(id === undefined ? [] : [`    id: ${id}`]),
    ...(state === undefined ? [] : [`    state: ${state}`]),
    '    identifiers:',
    ...identifiers.map((line) => `      ${line}`),
    '    attrs:',
    ...attrs.map((line) => `      ${line}`),
  ];
}

/** One group, and nothing that can fail. */
export function groupText(name: string, extra: readonly string[] = []): string {
  return [
    'version: 1',
    'metadata:',
    `  name: ${name}`,
    ...extra,
    'entries:',
    ...entry('authentik_core.group', undefined, [`name: ${name}`], [`name: ${name}`]),
    '',
  ].join('\n');
}
