/** How a release of Authentik names client secrets that are objects of their own, which its model `secret` keeps. */
export interface SecretDialect {
  /** App of the model, and of its permissions. */
  readonly app: string;
  /** Field by which a provider refers to one. */
  readonly reference: string;
  /** Field of what it keeps. */
  readonly value: string;
  /** Collection of the API. */
  readonly collection: string;
}

/** Upstream's drafts of 2026.11, the newest first. Which names are released is not known: they are one more line here. */
export const SECRET_DIALECTS: readonly SecretDialect[] = [
  {
    app: 'authentik_crypto_secrets',
    reference: 'client_secret_ref',
    value: 'value',
    collection: 'crypto/secrets/',
  },
  { app: 'authentik_secrets', reference: 'secret', value: 'value', collection: 'secrets/secrets/' },
];

/** The model of such objects, as a blueprint names it. */
export function secretModel({ app }: SecretDialect): string {
  return `${app}.secret`;
}
