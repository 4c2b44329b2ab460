import type { Fixture, Rows } from '../state.ts';

/** A flow, certificate, scope mapping or policy, with defaults for what the stand-in does not keep. */
export function fixtureOut(row: Fixture, rows: Rows): Readonly<Record<string, unknown>> {
  switch (row.model) {
    case 'authentik_flows.flow':
      return flowOut(row);
    case 'authentik_crypto.certificatekeypair':
      return certificateOut(row);
    case 'authentik_providers_oauth2.scopemapping':
      return mappingOut(row);
    default:
      return policyOut(row, rows);
  }
}

function flowOut({ pk, fields }: Fixture) {
  const { slug = '', name = slug } = fields;
  return {
    pk,
    policybindingmodel_ptr_id: pk,
    name,
    slug,
    title: name,
    designation: /invalidation|authentication/.exec(slug)?.[0] ?? 'authorization',
    background: '',
    background_url: '/static/dist/assets/images/flow_background.jpg',
    background_themed_urls: null,
    stages: [],
    policies: [],
    cache_count: 0,
    policy_engine_mode: 'any',
    compatibility_mode: false,
    export_url: `/api/v3/flows/instances/${slug}/export/`,
    layout: 'stacked',
    denied_action: 'message_continue',
    authentication: 'none',
  };
}

function certificateOut({ pk, fields }: Fixture) {
  const download = (what: string): string => `/api/v3/crypto/certificatekeypairs/${pk}/view_${what}/?download=`;
  return {
    pk,
    name: fields['name'],
    fingerprint_sha256: null,
    fingerprint_sha1: null,
    cert_expiry: null,
    cert_subject: null,
    private_key_available: true,
    key_type: 'rsa',
    certificate_download_url: download('certificate'),
    private_key_download_url: download('private_key'),
    managed: fields['managed'] ?? null,
  };
}

function mappingOut({ pk, model, fields }: Fixture) {
  return {
    pk,
    managed: fields['managed'] ?? null,
    name: fields['name'],
    expression: 'return {}',
    component: 'ak-property-mapping-provider-scope-form',
    verbose_name: 'Scope Mapping',
    verbose_name_plural: 'Scope Mappings',
    meta_model_name: model,
    scope_name: fields['scope_name'],
    description: '',
  };
}

function policyOut({ pk, model, fields }: Fixture, rows: Rows) {
  return {
    pk,
    name: fields['name'],
    execution_logging: false,
    component: 'ak-policy-expression-form',
    verbose_name: 'Expression Policy',
    verbose_name_plural: 'Expression Policies',
    meta_model_name: model,
    bound_to: rows.bindings.filter((row) => row.policy === pk).length,
  };
}
