import { RegistrarError } from '../core/base/errors.ts';

/** What a person typed does not go together. */
export function usage(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'oidc-registrar', kind: 'BadInput', message, remedy });
}
