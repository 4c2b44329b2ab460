import { RegistrarError } from '../base/errors.ts';

/**
 * Fields by which a provider refers to a client secret that is an object of its own, by upstream's drafts of 2026.11; the newest first.
 * Which name is released is not known.
 */
export const SECRET_REFERENCES = ['client_secret_ref', 'secret'] as const;

export type SecretReference = (typeof SECRET_REFERENCES)[number];

/**
 * A blueprint that names the secret itself still works there, by a compatibility that makes one more object of each new value and
 * never deletes one: the job would leave secrets behind that nobody asked for.
 */
export function secretsAreObjects(field: SecretReference): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `Authentik keeps client secrets as objects of their own (field ${field} of a provider), which this oidc-registrar does not write`,
    remedy: 'Use a newer oidc-registrar, or stay at Authentik 2026.8 until there is one.',
  });
}
