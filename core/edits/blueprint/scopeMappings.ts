import { own } from '../../base/own.ts';
import { PROPERTY_MAPPING, SCOPE_MAPPING } from './models.ts';

/** Fields by which a blueprint may find a scope mapping; the model that it is one kind of has no scope. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  [SCOPE_MAPPING]: ['scope_name', 'managed', 'name'],
  [PROPERTY_MAPPING]: ['managed', 'name'],
};

/** Scope whose tokens reach Authentik's own API as the user who signed in, and the name of its mapping. */
export const API_ACCESS = {
  scope: 'goauthentik.io/api',
  name: 'authentik default OAuth Mapping: authentik API access',
};

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The scope mappings that Authentik makes of itself, from its blueprints `system/providers-oauth2.yaml` and
 * `system/providers-proxy.yaml`; `entitlements` since 2024.12.
 */
const BUILT_IN: readonly Mapping[] = [
  ...['openid', 'email', 'profile', 'offline_access'].map((scope) =>
    builtIn(scope, `OpenID '${scope}'`, `oauth2/scope-${scope}`),
  ),
  builtIn('entitlements', 'Application Entitlements', 'oauth2/scope-entitlements'),
  builtIn(API_ACCESS.scope, 'authentik API access', 'oauth2/scope-authentik_api'),
  builtIn('ak_proxy', 'Proxy outpost', 'proxy/scope-proxy'),
];

/** Whether Authentik itself makes the mapping of a scope; of any other somebody has written it. */
export function isBuiltIn(scope: string): boolean {
  return BUILT_IN.some((each) => each['scope_name'] === scope);
}

function builtIn(scope: string, name: string, managed: string): Mapping {
  return {
    scope_name: scope,
    name: `authentik default OAuth Mapping: ${name}`,
    managed: `goauthentik.io/providers/${managed}`,
  };
}

/**
 * The scope of the one mapping that a `!Find` of `model` by these conditions finds, among Authentik's own and those that
 * entries of the same file make; undefined where the file does not tell which it is, or where another mapping has its scope.
 */
export function scopeFound(
  model: string,
  conditions: readonly (readonly unknown[])[],
  made: readonly Mapping[],
): string | undefined {
  const fields = own(FIELDS, model) ?? [];
  if (conditions.length === 0 || !conditions.every(([field]) => fields.includes(String(field)))) return undefined;
  // What is asked for by its scope alone is found by it, whoever made it.
  const [[field, value] = []] = conditions;
  if (conditions.length === 1 && field === 'scope_name') return typeof value === 'string' ? value : undefined;
  const all = mappings(made);
  return soleScope(
    all.filter((each) => conditions.every(([name, wanted]) => own(each, String(name)) === wanted)),
    all,
  );
}

/** The scope of a mapping that an entry of the file makes; undefined as in {@link scopeFound}. */
export function scopeMade(entry: Mapping, made: readonly Mapping[]): string | undefined {
  const all = mappings(made);
  return soleScope(
    all.filter((each) => isSame(each, entry)),
    all,
  );
}

function soleScope([found, ...others]: readonly Mapping[], all: readonly Mapping[]): string | undefined {
  const scope = found?.['scope_name'];
  const sole = others.length === 0 && all.filter((each) => each['scope_name'] === scope).length === 1;
  return sole && typeof scope === 'string' ? scope : undefined;
}

/** Authentik's own and those of the file; an entry may speak of one of Authentik's own. */
function mappings(made: readonly Mapping[]): readonly Mapping[] {
  const changed = BUILT_IN.map((each) => ({ ...each, ...made.find((entry) => isSame(each, entry)) }));
  return [...changed, ...made.filter((entry) => !BUILT_IN.some((each) => isSame(each, entry)))];
}

function isSame(one: Mapping, other: Mapping): boolean {
  return ['managed', 'name'].some((field) => one[field] !== undefined && one[field] === other[field]);
}
