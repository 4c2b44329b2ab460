import { RegistrarError } from '../../core/base/errors.ts';
import { Secret } from '../../core/base/secret.ts';
import type { Names } from '../../core/names/names.ts';
import type { Job, StateBefore } from '../../core/run/job.ts';
import type { VaultContents, VaultField } from '../../integrations/vault/vault.ts';
import { fieldOf } from './vaultSecret.ts';

/** The client id as a value of the vault, where everybody may see it. */
export function idValue({ clientId }: Pick<Names, 'clientId'>): Secret {
  return new Secret(clientId, { shown: true });
}

/**
 * The field that keeps the client id; undefined where the vault has none yet, or is to have none. Throws `Refused` where it holds
 * something else, which is not shown: it may be anybody's secret.
 */
export function idField(contents: VaultContents, names: Pick<Names, 'clientId' | 'keptId'>): VaultField | undefined {
  const field = names.keptId && fieldOf(contents, names.keptId.vaultField);
  if (field === undefined || field.value.equals(idValue(names))) return field;
  throw new RegistrarError({
    system: contents.system,
    kind: 'Refused',
    message: `field "${field.label}" of ${contents.place} holds something else than the client id "${names.clientId}"`,
    remedy:
      'Where that is the client id, write it in spec.clientId.value; else rename or remove the field, and the job makes it.',
  });
}

/** Which values of a client the vault has. */
export function heldIn(contents: VaultContents, names: Names): Pick<StateBefore, 'vaultField' | 'clientIdField'> {
  const has = (label: string): boolean => fieldOf(contents, label) !== undefined;
  return {
    vaultField: has(names.vaultField),
    ...(names.keptId === undefined ? {} : { clientIdField: has(names.keptId.vaultField) }),
  };
}

/** Label of the field that this change makes for the client id; undefined where it makes none. */
export function idToMake({ names, before }: Pick<Job, 'names' | 'before'>): string | undefined {
  return before.clientIdField === true ? undefined : names.keptId?.vaultField;
}

/** Whether a field that holds the client id is this change's: absent before it, and nobody else's by its mark. */
export function isIdOf({ client, changeId, before }: Job, { mark }: VaultField): boolean {
  return mark === undefined ? before.known : mark.client === client && mark.changeId === changeId;
}
