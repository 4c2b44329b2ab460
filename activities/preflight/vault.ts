import { editOf } from '../../core/changes/entry.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Names } from '../../core/names/names.ts';
import { type FieldClaims, fieldOwner } from '../../core/policy/fieldOwner.ts';
import type { Job } from '../../core/run/job.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import type { ProviderState } from '../../integrations/authentik/authentik.ts';
import type { Unwritable, VaultField, VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';
import { acceptsSecret } from '../state/acceptsSecret.ts';
import { assertOwnPlace } from './ownItem.ts';
import { assertOurs, assertUnclaimed } from '../state/unclaimed.ts';
import { idField } from '../state/keptId.ts';
import { markOf } from '../state/vaultMark.ts';
import { assertUsable, fieldOf } from '../state/vaultSecret.ts';

type Asked = Pick<Job, 'client' | 'names' | 'edits'>;

/**
 * Whether the vault field can serve: nobody else's, and absent, or one concealed field of a usable value that is proven to be the
 * client's: by the job's mark, or by Authentik, which takes it for the secret of the provider. To a repair the vault is right, so
 * there it is enough that the client's own entries have been reading it. Throws `Refused` or `Collision`.
 */
export async function checkVaultField(
  deps: Deps,
  contents: VaultContents,
  job: Asked,
  claims: FieldClaims,
  provider: ProviderState | undefined,
  repair = false,
): Promise<void> {
  const { names, client } = job;
  if (deliveredOf(names).length === 0) return;
  assertOwnPlace(deps, names, contents);
  assertUnclaimed(contents, names, claims);
  const field = fieldOf(contents, names.vaultField);
  // A public client has none that could be there: one that becomes confidential gets a new one.
  const wasPublic = provider?.clientType === 'public' && !delivered(job);
  const hadSecret = provider?.clientId === names.clientId && !wasPublic;
  if (field === undefined && hadSecret) throw missing(deps, contents, names);
  assertServes(contents, names);
  if (field === undefined) return;
  const known = provider?.clientId === names.clientId ? provider : undefined;
  const proven =
    (repair && delivered(job)) ||
    (known !== undefined && (await isSecretOf(deps, contents, job, field, known, repair)));
  // A provider with another client id is somebody else's, which is refused for itself.
  if (known === undefined && provider !== undefined) return;
  assertOurs(contents, names, fieldOwner({ client, names, claims, mark: field.mark, proven }));
}

/** Whether the vault can take the client's fields, or those that are there be used, whosever they are. Throws `Refused` or `Collision`. */
export function assertServes(contents: VaultContents, names: Names): void {
  const field = fieldOf(contents, names.vaultField);
  if (field !== undefined) assertUsable(contents, field);
  const id = idField(contents, names);
  const all = field !== undefined && (names.keptId === undefined || id !== undefined);
  if (!all) assertWritable(contents);
}

/** Whether all of the vault's item would be written back as it is. Throws `Refused`. */
export function assertWritable(contents: VaultContents): void {
  if (contents.unwritable !== undefined) throw unwritable(contents, contents.unwritable);
}

/** The client's own entries bring this field to Authentik, and did so before this run. */
function delivered({ edits }: Pick<Job, 'edits'>): boolean {
  const own = (['externalSecret', 'deployment'] as const).flatMap((place) => editOf(edits, place) ?? []);
  return own.length > 0 && own.every(({ kind }) => kind === 'alreadyThere');
}

/** Throws `Refused` where it is not, but in a repair, which may bring Authentik another secret. */
async function isSecretOf(
  deps: Deps,
  contents: VaultContents,
  { client, names }: Asked,
  field: VaultField,
  provider: ProviderState,
  repair: boolean,
): Promise<boolean> {
  const accepted = await acceptsSecret(deps, names.clientId, field.value);
  if (accepted === 'right') return true;
  if (repair) return false;
  // One that is to become confidential again: then the job's own mark tells whose the field is.
  if (accepted === 'anything' && markOf(field, { client, vaultField: names.vaultField }) !== undefined) return false;
  if (accepted === 'anything') throw acceptsAnything(provider);
  throw new RegistrarError({
    system: contents.system,
    kind: 'Refused',
    message: `field "${names.vaultField}" of ${contents.place} differs from the secret of Authentik provider "${provider.name}"`,
    remedy: `Put the live secret into ${contents.place}; or where the vault is right, roll its value out by a repair ({"client":…,"repair":true}).`,
  });
}

function acceptsAnything({ name }: ProviderState): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `provider "${name}" accepts any secret, so whether the vault holds its own cannot be told`,
    remedy: 'Make it confidential in the admin interface and put its secret into the vault, then start again.',
  });
}

/** The vault refuses it by itself; here nothing has been touched yet. */
function unwritable({ system, place }: VaultContents, { why, remedy }: Unwritable): RegistrarError {
  return new RegistrarError({ system, kind: 'Refused', message: `${place} ${why}`, remedy });
}

function missing({ installation }: Pick<Deps, 'installation'>, contents: VaultContents, names: Names): RegistrarError {
  const elsewhere =
    vaultOf(installation, {}).own === undefined ? '' : ' Where another item holds it, name that in spec.vaultItem.';
  return new RegistrarError({
    system: contents.system,
    kind: 'Refused',
    message: `${contents.place} has no field "${names.vaultField}", but Authentik has provider "${names.providerName}"`,
    remedy: `Put the live secret there first.${elsewhere}`,
  });
}
