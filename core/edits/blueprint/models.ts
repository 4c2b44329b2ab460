import { SECRET_DIALECTS, secretModel } from '../../authentik/secretDialects.ts';

/** Models of which a registration's blueprint is made. */
export const PROVIDER = 'authentik_providers_oauth2.oauth2provider';
export const APPLICATION = 'authentik_core.application';
export const BINDING = 'authentik_policies.policybinding';
export const GROUP = 'authentik_core.group';
export const USER = 'authentik_core.user';

/** Client secrets as objects, by each draft. */
const SECRETS: readonly string[] = SECRET_DIALECTS.map(secretModel);

export function isSecret({ model }: { readonly model: string }): boolean {
  return SECRETS.includes(model);
}

/** Fields by which a provider has its secret: as text, or by the object that keeps it. */
export const SECRET_FIELDS: readonly string[] = ['client_secret', ...SECRET_DIALECTS.map(({ reference }) => reference)];

/** The field by which an object of a model is known, whatever an entry finds it by. */
export const NAMED_BY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(SECRETS.map((model) => [model, 'name'])),
  [PROVIDER]: 'name',
  [APPLICATION]: 'slug',
  [GROUP]: 'name',
  [USER]: 'username',
};

/** Key of an entry among those of a section, by the field of {@link NAMED_BY}. */
export function keyOfNamed(model: string, name: string): string {
  return `${model} ${name}`;
}

/** A scope mapping, and the model that it is one kind of, by which it can be found as well. */
export const SCOPE_MAPPING = 'authentik_providers_oauth2.scopemapping';
export const PROPERTY_MAPPING = 'authentik_core.propertymapping';

/** Any policy, whatever kind it is of; names are unique over all kinds. */
export const POLICY = 'authentik_policies.policy';

/** Models that a registration's blueprint finds and does not make, by the field that it finds them by. */
export const FOUND_BY: Readonly<Record<string, string>> = {
  'authentik_flows.flow': 'slug',
  'authentik_crypto.certificatekeypair': 'name',
  [SCOPE_MAPPING]: 'scope_name',
  [POLICY]: 'name',
  'authentik_policies_expression.expressionpolicy': 'name',
  'authentik_policies_geoip.geoippolicy': 'name',
  'authentik_policies_reputation.reputationpolicy': 'name',
};

/** Values that Authentik takes where an entry says nothing: to leave one out, or to write it down, says the same. */
export const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  [PROVIDER]: { client_type: 'confidential', sub_mode: 'hashed_user_id', include_claims_in_id_token: true },
  [APPLICATION]: { meta_launch_url: '', policy_engine_mode: 'any' },
  [BINDING]: {
    enabled: true,
    negate: false,
    timeout: 30,
    group: null,
    policy: null,
    user: null,
    failure_result: false,
  },
  [GROUP]: { is_superuser: false },
  [USER]: { is_active: true },
  ...Object.fromEntries(SECRETS.map((model) => [model, { type: 'text' }])),
};

/** Whether a redirect URI of this type gets authorization codes: since Authentik 2026.5 one may be of another type (`logout`). */
export function isForCodes(type: unknown): boolean {
  return type === undefined || type === null || type === 'authorization';
}
