import { randomBytes, randomUUID } from 'node:crypto';
import type { Application, Binding, Provider } from './state.ts';

/** Rows with Authentik's defaults for what a blueprint or a person leaves out. */
export function newProvider(pk: number): Provider {
  return {
    pk,
    name: '',
    authentication_flow: null,
    authorization_flow: null,
    invalidation_flow: null,
    signing_key: null,
    encryption_key: null,
    property_mappings: [],
    client_type: 'confidential',
    client_id: randomBytes(20).toString('hex'),
    client_secret: randomBytes(64).toString('hex'),
    grant_types: [],
    redirect_uris: [],
    logout_uri: '',
    logout_method: 'backchannel',
    sub_mode: 'hashed_user_id',
    issuer_mode: 'per_provider',
    include_claims_in_id_token: true,
    access_code_validity: 'minutes=1',
    access_token_validity: 'hours=1',
    refresh_token_validity: 'days=30',
    refresh_token_threshold: 'seconds=0',
    jwt_federation_sources: [],
    jwt_federation_providers: [],
    secret_ref: null,
  };
}

export function newApplication(values: Partial<Application> = {}): Application {
  return {
    pk: randomUUID(),
    name: '',
    slug: '',
    provider: null,
    open_in_new_tab: false,
    meta_launch_url: '',
    meta_icon: '',
    meta_description: '',
    meta_publisher: '',
    policy_engine_mode: 'any',
    group: '',
    meta_hide: false,
    ...values,
  };
}

export function newBinding(values: Partial<Binding> = {}): Binding {
  return {
    pk: randomUUID(),
    target: '',
    policy: null,
    group: null,
    user: null,
    order: 0,
    enabled: true,
    negate: false,
    timeout: 30,
    failure_result: false,
    expires: null,
    expiring: false,
    ...values,
  };
}
