/** How a draft of 2026.11 names client secrets that are objects of their own. Which of them is released is not known. */
export interface SecretDialect {
  /** App of the model `secret`, and of its permissions. */
  readonly app: string;
  /** Field of a provider that refers to one. */
  readonly providerField: string;
  /** Collection of the API. */
  readonly collection: string;
}

/** The drafts, by the word of behaviour `secretDialect`. */
export const DIALECTS = {
  newest: {
    app: 'authentik_crypto_secrets',
    providerField: 'client_secret_ref',
    collection: 'crypto/secrets/',
  },
  august: { app: 'authentik_secrets', providerField: 'secret', collection: 'secrets/secrets/' },
} as const satisfies Readonly<Record<string, SecretDialect>>;

/** `none` for a server whose number is ahead of its schema; undefined where the name is no draft's. */
export function dialectNamed(name: string): SecretDialect | undefined {
  return (DIALECTS as Readonly<Record<string, SecretDialect>>)[name];
}
