import { scalar } from '../edits/yaml/scalars.ts';
import { deliveryOf } from '../kubernetes/delivery.ts';
import { deliveredOf } from '../names/delivered.ts';
import type { BlueprintInput } from './renderBlueprint.ts';
import { secretModel } from './secretDialects.ts';

/** The entry of the object that keeps the secret, where it is one: above the provider, which refers to it. */
export function secretEntry({ registration, names, secretObject }: BlueprintInput): readonly (readonly string[])[] {
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
export function secretLines({ names, secretObject }: BlueprintInput): readonly string[] {
  const [secret] = deliveredOf(names);
  if (secret === undefined) return [];
  if (secretObject?.name === undefined) return [`      client_secret: ${deliveryOf(secret).yaml}`];
  return [`      ${secretObject.dialect.reference}: !KeyOf ${names.slug}-secret`];
}
