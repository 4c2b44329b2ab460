import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { VaultField, VaultContents } from '../../integrations/vault/vault.ts';

/** The one field of that label, or undefined. Throws `Collision` where two carry it. */
export function fieldOf(contents: VaultContents, label: string): VaultField | undefined {
  const found = contents.fields.filter((field) => field.label === label);
  if (found.length <= 1) return found[0];
  throw new RegistrarError({
    system: contents.system,
    kind: 'Collision',
    message: `${contents.place} has ${found.length} fields labelled "${label}"`,
    remedy: 'Rename or remove all but one of them; labels are how External Secrets finds a field.',
  });
}

/**
 * Whether a field that a person made can serve as a client secret: concealed, 16 to 255 printable ASCII characters.
 * Authentik takes at most 255, and a login with other characters breaks. Throws `Refused`; the value is never shown.
 */
export function assertUsable(contents: VaultContents, field: VaultField): void {
  const problem = problemOf(field);
  if (problem === undefined) return;
  throw new RegistrarError({
    system: contents.system,
    kind: 'Refused',
    message: `field "${field.label}" of ${contents.place} ${problem}`,
    remedy:
      'Put a concealed value of 16 to 255 printable ASCII characters there, or remove the field to have one made.',
  });
}

function problemOf(field: VaultField): string | undefined {
  const text = field.value.reveal();
  if (text === '') return 'is empty';
  if (field.shown !== undefined) return field.shown;
  if (text.length < 16 || text.length > 255) return `has ${text.length} characters`;
  if (!/^[\x21-\x7e]+$/.test(text)) return 'holds white space or characters beyond printable ASCII';
  return undefined;
}

/** Somebody made a field of that label in the meantime: it is theirs. */
export function appeared({ system, place }: VaultContents, label: string): RegistrarError {
  return new RegistrarError({
    system,
    kind: 'Collision',
    message: `field "${label}" appeared in ${place} while this run was at work`,
    remedy: 'See who made it; keep it or remove it, then start again.',
  });
}

/** The value that is in service. Throws `NotFound`. */
export function secretOf(contents: VaultContents, label: string): Secret {
  const field = fieldOf(contents, label);
  if (field !== undefined) return field.value;
  throw new RegistrarError({
    system: contents.system,
    kind: 'NotFound',
    message: `${contents.place} has no field "${label}" any more`,
    remedy: "See who removed it in the vault's history; put it back or start again.",
  });
}
