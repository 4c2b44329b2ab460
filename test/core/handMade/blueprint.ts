/** Blueprints as people write them by hand: the same objects of Authentik, in the ways that public repositories were seen to have. */

export interface ClientShape {
  readonly slug: string;
  readonly appName: string;
  readonly providerName: string;
  /** A text, or the variable that holds it. */
  readonly clientId: { readonly text: string } | { readonly variable: string };
  readonly secret: 'env' | 'file' | 'absent' | 'clear';
  /** The worker's variable, the key of the Secret, and the label of the vault's field. */
  readonly variable: string;
  readonly key: string;
  readonly field: string;
  /** How its scope mappings are found; `own`: one that the section itself makes. */
  readonly mappings: 'scope_name' | 'managed' | 'name' | 'own';
  readonly groups: readonly string[];
  readonly mode: 'any' | 'all' | undefined;
  readonly grants: boolean;
  readonly launchUrl: boolean;
  readonly isPublic: boolean;
  /** Written with each entry. */
  readonly state: 'present' | 'created' | undefined;
  /** How the application names its provider. */
  readonly link: 'KeyOf' | 'name' | 'client_id';
  /** Fields that no registration says: they are people's own. */
  readonly extras: boolean;
}

export interface Style {
  /** `entries:` and other lists with their dashes below the key, or two further in. */
  readonly indented: boolean;
  /** What stands first in an entry. */
  readonly first: 'model' | 'identifiers' | 'id';
  readonly flowIdentifiers: boolean;
  readonly redirects: 'block' | 'flowItems' | 'flow';
  /** Tags with arguments over several lines. */
  readonly longTags: boolean;
  readonly quotes: '' | '"' | "'";
  readonly comments: boolean;
  readonly blankLines: boolean;
  /** `---` above the section. */
  readonly dashes: boolean;
  /** `name` and `slug` among the attributes again. */
  readonly repeated: boolean;
  /** Common attributes by an anchor and `<<`. */
  readonly merged: boolean;
}

type Lines = readonly string[];
/** A key with its value on the line, or with lines below. */
type Field = readonly [key: string, value: string | Lines];

const inner = (lines: Lines): Lines => lines.map((line) => (line === '' ? '' : `  ${line}`));

function mapping(fields: readonly Field[]): Lines {
  return fields.flatMap(([key, value]) => (typeof value === 'string' ? [`${key}: ${value}`] : [`${key}:`, ...value]));
}

function item(lines: Lines): Lines {
  return lines.map((line, i) => (i === 0 ? `- ${line}` : line === '' ? '' : `  ${line}`));
}

/** Whether YAML 1.1, which Authentik reads, takes it for the text that it is. */
function isBare(value: string): boolean {
  return /^[A-Za-z][\w ./-]*$/.test(value) && !/^(yes|no|on|off|true|false|null|y|n)$/i.test(value);
}

class Writer {
  readonly #style: Style;

  constructor(style: Style) {
    this.#style = style;
  }

  text(value: string): string {
    const { quotes } = this.#style;
    return isBare(value) ? `${quotes}${value}${quotes}` : JSON.stringify(value);
  }

  list(items: readonly Lines[]): Lines {
    const lines = items.flatMap((each) => item(each));
    return this.#style.indented ? inner(lines) : lines;
  }

  find(model: string, field: string, value: string): Lines {
    const last = isBare(value) && this.#style.quotes === '' ? value : JSON.stringify(value);
    return this.#style.longTags
      ? ['!Find [', `    ${model},`, `    [${field}, ${last}],`, '  ]']
      : [`!Find [${model}, [${field}, ${last}]]`];
  }

  /** A field whose value may go on below its line. */
  found(key: string, [first = '', ...rest]: Lines): Field {
    return [[`${key}: ${first}`, ...rest].join('\n'), ''];
  }

  entry(
    model: string,
    id: string | undefined,
    state: string | undefined,
    identifiers: readonly Field[],
    attrs: readonly Field[],
  ): Lines {
    const { first, flowIdentifiers, comments } = this.#style;
    const flow =
      flowIdentifiers && identifiers.every(([key, value]) => typeof value === 'string' && !key.includes('\n'));
    const named: Field = flow
      ? ['identifiers', `{ ${identifiers.map(([key, value]) => `${key}: ${String(value)}`).join(', ')} }`]
      : ['identifiers', inner(this.fields(identifiers))];
    const parts: Field[] = [
      ['model', model],
      ...(id === undefined ? [] : [['id', id] as const]),
      ...(state === undefined ? [] : [['state', state] as const]),
      named,
      ...(attrs.length === 0 ? [] : [['attrs', inner(this.fields(attrs))] as const]),
    ];
    const order = parts.toSorted(([a], [b]) => Number(b === first) - Number(a === first));
    const lines = item(mapping(order));
    return comments ? [`# ${model.split('.')[1]} ${id ?? ''}`.trimEnd(), ...lines] : lines;
  }

  fields(fields: readonly Field[]): Lines {
    return fields.flatMap(([key, value]) => (key.includes(': ') ? key.split('\n') : mapping([[key, value]])));
  }
}

const PROVIDER = 'authentik_providers_oauth2.oauth2provider';
const SCOPES = ['openid', 'email', 'profile'];

/** Provider and application of a client with its bindings, as entries of a section; `split` leaves one of the two parts out. */
export function entriesOf(
  client: ClientShape,
  style: Style,
  part: 'both' | 'provider' | 'application' = 'both',
): Lines {
  const writer = new Writer(style);
  const entries = [
    ...(part === 'application' ? [] : [...ownMapping(client, writer), providerOf(client, style, writer)]),
    ...(part === 'provider' ? [] : [applicationOf(client, style, writer, part), ...bindingsOf(client, writer)]),
  ];
  return entries.flatMap((lines, i) => (style.blankLines && i > 0 ? ['', ...lines] : lines));
}

function ownMapping({ slug, mappings }: ClientShape, writer: Writer): readonly Lines[] {
  if (mappings !== 'own') return [];
  const name = `${slug}-roles`;
  const attrs: readonly Field[] = [
    ['scope_name', 'roles'],
    ['expression', '"return {}"'],
  ];
  return [writer.entry('authentik_providers_oauth2.scopemapping', name, undefined, [['name', name]], attrs)];
}

function mappingOf({ slug, mappings }: ClientShape, scope: string, writer: Writer): Lines {
  const model = 'authentik_providers_oauth2.scopemapping';
  if (mappings === 'managed') return writer.find(model, 'managed', `goauthentik.io/providers/oauth2/scope-${scope}`);
  if (mappings === 'name') return writer.find(model, 'name', `authentik default OAuth Mapping: OpenID '${scope}'`);
  if (mappings === 'own' && scope === 'profile') return [`!KeyOf ${slug}-roles`];
  return writer.find(model, 'scope_name', scope);
}

function providerOf(client: ClientShape, style: Style, writer: Writer): Lines {
  const url = redirectOf(client);
  const redirects: Field =
    style.redirects === 'flow'
      ? ['redirect_uris', `[{ matching_mode: strict, url: "${url}" }]`]
      : [
          'redirect_uris',
          writer.list([
            style.redirects === 'flowItems'
              ? [`{ matching_mode: strict, url: "${url}" }`]
              : [`url: ${url}`, 'matching_mode: strict'],
          ]),
        ];
  const secret: Record<ClientShape['secret'], readonly Field[]> = {
    env: [['client_secret', `!Env ${client.variable}`]],
    file: [['client_secret', `!File /client-secrets/${client.key}`]],
    absent: [],
    clear: [['client_secret', 'in-the-clear-1234']],
  };
  const common: readonly Field[] = [
    ['client_type', client.isPublic ? 'public' : 'confidential'],
    ...(client.grants ? [['grant_types', '[authorization_code, refresh_token]'] as const] : []),
  ];
  const id = client.clientId;
  return writer.entry(
    PROVIDER,
    `${client.slug}-provider`,
    client.state,
    [['name', writer.text(client.providerName)]],
    [
      ...(style.repeated ? [['name', writer.text(client.providerName)] as const] : []),
      writer.found(
        'authorization_flow',
        writer.find('authentik_flows.flow', 'slug', 'default-provider-authorization-implicit-consent'),
      ),
      writer.found(
        'invalidation_flow',
        writer.find('authentik_flows.flow', 'slug', 'default-provider-invalidation-flow'),
      ),
      ...(style.merged ? [['<<', '*common'] as const] : common),
      ['client_id', 'text' in id ? writer.text(id.text) : `!Env ${id.variable}`],
      ...secret[client.secret],
      redirects,
      writer.found(
        'signing_key',
        writer.find('authentik_crypto.certificatekeypair', 'name', 'authentik Self-signed Certificate'),
      ),
      ['property_mappings', writer.list(SCOPES.map((scope) => mappingOf(client, scope, writer)))],
      ...(client.extras
        ? ([
            ['access_token_validity', 'minutes=5'],
            ['issuer_mode', 'per_provider'],
          ] as const)
        : []),
    ],
  );
}

export function redirectOf({ slug }: ClientShape): string {
  return `https://${slug}.orchard.example/oauth/callback`;
}

function applicationOf(client: ClientShape, style: Style, writer: Writer, part: 'both' | 'application'): Lines {
  const { slug, appName, providerName, launchUrl, mode, extras, clientId } = client;
  const link =
    part === 'application' || client.link === 'name'
      ? writer.find(PROVIDER, 'name', providerName)
      : client.link === 'client_id' && 'text' in clientId
        ? writer.find(PROVIDER, 'client_id', clientId.text)
        : [`!KeyOf ${slug}-provider`];
  return writer.entry(
    'authentik_core.application',
    `${slug}-app`,
    client.state,
    [['slug', writer.text(slug)]],
    [
      ['name', writer.text(appName)],
      ...(style.repeated ? [['slug', writer.text(slug)] as const] : []),
      writer.found('provider', link),
      ...(launchUrl ? [['meta_launch_url', `https://${slug}.orchard.example`] as const] : []),
      ...(mode === undefined ? [] : [['policy_engine_mode', mode] as const]),
      ...(extras
        ? ([
            ['group', 'Tools'],
            ['open_in_new_tab', 'true'],
          ] as const)
        : []),
    ],
  );
}

function bindingsOf({ slug, groups, state }: ClientShape, writer: Writer): readonly Lines[] {
  return groups.map((group, order) =>
    writer.entry(
      'authentik_policies.policybinding',
      undefined,
      state,
      [
        ['target', `!KeyOf ${slug}-app`],
        ['order', String(order)],
      ],
      [writer.found('group', writer.find('authentik_core.group', 'name', group))],
    ),
  );
}

/** A whole section of these entries. */
export function sectionOf(name: string, entries: readonly Lines[], style: Style): string {
  const lines = entries.flatMap((each, i) => (style.blankLines && i > 0 ? ['', ...each] : each));
  const common = style.merged
    ? [
        'context:',
        '  common: &common',
        '    client_type: confidential',
        '    grant_types: [authorization_code, refresh_token]',
      ]
    : [];
  return [
    ...(style.dashes ? ['---'] : []),
    'version: 1',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    ...common,
    'entries:',
    ...(style.indented ? inner(lines) : lines),
    '',
  ].join('\n');
}
