import { scalar } from '../edits/yaml/scalars.ts';
import { deliveryOf } from '../kubernetes/delivery.ts';
import { deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import type { Registration } from '../registration/registration.ts';
import { secretModel } from './secretDialects.ts';
import type { SecretObject } from './secretObject.ts';

/** From which the lines of a client's secret follow. */
export interface SecretInput {
  readonly registration: Registration;
  readonly names: Names;
  /** How Authentik keeps the client's secret, whatever its version says; absent where it has no objects for that. */
  readonly secretObject?: SecretObject | undefined;
}

/** The entry of the object that keeps the secret, where it is one: above the provider, which refers to it. */
export function secretEntry({ registration, names, secretObject }: SecretInput): readonly (readonly string[])[] {
  if (secretObject?.name === undefined) return [];
  const { dialect, name } = secretObject;
  return [
    [
      `  # Client secret of ${registration.spec.displayName}`,
      `  - model: ${secretModel(dialect)}`,
      `    id: ${names.slug}-secret`,
      '    identifiers:',
      `      name: ${scalar(name)}`,
      '    attrs:',
      `      name: ${scalar(name)}`,
      '      type: text',
      `      ${dialect.value}: ${deliveryOf(names).yaml}`,
    ],
  ];
}

/** The provider's secret: itself, or the object that keeps it. */
export function secretLines({ names, secretObject }: SecretInput): readonly string[] {
  const [secret] = deliveredOf(names);
  if (secret === undefined) return [];
  if (secretObject?.name === undefined) return [`      client_secret: ${deliveryOf(secret).yaml}`];
  return [`      ${secretObject.dialect.reference}: !KeyOf ${names.slug}-secret`];
}
