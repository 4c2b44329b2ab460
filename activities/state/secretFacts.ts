import { bringsKey } from '../../core/kubernetes/externalSecret/ownEntry.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { SecretFacts } from '../../core/check/secret.ts';
import { previousLabel, rotatedLabel } from '../../core/names/labels.ts';
import type { Kept } from '../../core/names/delivered.ts';
import { namesBySection } from '../../core/run/sectionOfJob.ts';
import type { Names } from '../../core/names/names.ts';
import type { VaultField, VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';
import { isEarlier } from '../kit/timestamps.ts';
import { acceptsSecret } from './acceptsSecret.ts';
import { idValue } from './keptId.ts';
import { glanceAtExternalSecret, liveRollout } from './ourResources.ts';
import { pendingChanges } from './pendingFields.ts';
import { assertUsable, fieldOf } from './vaultSecret.ts';

type Ask = <T>(question: () => Promise<T>) => Promise<T | undefined>;

const ISO_DATE = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/**
 * What is known of the secret. `ask` decides what becomes of a cluster or an Authentik that cannot be read: a check leaves it out,
 * for the looks at them say so; without it the error is thrown.
 */
export async function secretFacts(
  deps: Deps,
  { client, names }: { readonly client: string; readonly names: Names },
  contents: VaultContents,
  ask: Ask = (question) => question(),
): Promise<SecretFacts> {
  const { vaultField, envVar } = names;
  const rotatedAt = dateIn(contents, rotatedLabel(vaultField));
  const found = usableField(contents, vaultField);
  const value = found instanceof RegistrarError ? undefined : found?.value;
  const delivery =
    value === undefined ? undefined : await ask(() => deliveredValue(deps, { secretKey: names.secretKey }, value));
  const accepted = value === undefined ? undefined : await ask(() => acceptedOf(deps, names, value));
  const clientId = names.keptId && (await idFacts(deps, names, names.keptId, contents, ask));
  const stalePods =
    delivery === undefined
      ? undefined
      : await ask(() => stalePodsOf(deps, names, delivery.secret, accepted === 'wrong', contents.updatedAt));
  return {
    client,
    system: contents.system,
    place: contents.place,
    vaultField,
    envVar,
    secret: delivery?.secret ?? '',
    field:
      found === undefined
        ? 'missing'
        : found instanceof RegistrarError
          ? { problem: found.message, remedy: found.remedy }
          : 'usable',
    pending: pendingChanges(contents, vaultField),
    previous: contents.fields.some((field) => field.label === previousLabel(vaultField)),
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
    ...(delivery === undefined ? {} : { delivered: delivery.equal }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(stalePods === undefined ? {} : { stalePods }),
    ...(clientId === undefined ? {} : { clientId }),
  };
}

/** The client id, which is compared with what the registration says. */
async function idFacts(
  deps: Deps,
  names: Names,
  { vaultField, secretKey }: Kept,
  contents: VaultContents,
  ask: Ask,
): Promise<SecretFacts['clientId']> {
  const right = idValue(names);
  const field = contents.fields.find(({ label }) => label === vaultField);
  const delivery = await ask(() => deliveredValue(deps, { secretKey, shown: true }, right));
  return {
    vaultField,
    secretKey,
    field: field === undefined ? 'missing' : field.value.equals(right) ? 'right' : 'other',
    ...(delivery === undefined ? {} : { secret: delivery.secret, delivered: delivery.equal }),
  };
}

/** Only a date leaves the activity: what a person put into that field may be anything. */
export function dateIn({ fields }: VaultContents, label: string): string | undefined {
  const text = fields.find((field) => field.label === label)?.value.reveal() ?? '';
  return ISO_DATE.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
}

function usableField(contents: VaultContents, label: string): VaultField | RegistrarError | undefined {
  try {
    const field = fieldOf(contents, label);
    if (field !== undefined) assertUsable(contents, field);
    return field;
  } catch (error) {
    if (error instanceof RegistrarError) return error;
    throw error;
  }
}

/** Undefined where the ExternalSecret does not bring the key: then nothing is to be delivered. */
async function deliveredValue(
  deps: Deps,
  { secretKey, shown = false }: { readonly secretKey: string; readonly shown?: boolean },
  value: Secret,
): Promise<{ readonly secret: string; readonly equal: boolean } | undefined> {
  const state = await glanceAtExternalSecret(deps);
  if (!bringsKey(state.spec, secretKey)) return undefined;
  const found = await deps.externalSecrets.secretValue(
    deps.installation.authentik.namespace,
    state.targetSecret,
    secretKey,
    { shown },
  );
  return { secret: state.targetSecret, equal: value.equals(found) };
}

/** Undefined where there is no such client. */
async function acceptedOf(deps: Deps, { clientId }: Names, value: Secret): Promise<SecretFacts['accepted']> {
  if ((await deps.authentik.providerByClientId(clientId)) === undefined) return undefined;
  return acceptsSecret(deps, clientId, value);
}

/**
 * Pods whose container started before the Secret was last written: its environment is of that moment, and the next apply would
 * install it. The Secret tells no time of a single key, and a forced sync moves it too. So unless Authentik refuses the vault's
 * value, only a Secret that was written after the vault had changed counts, and none that was applied since by the one
 * pod there is.
 */
async function stalePodsOf(
  deps: Deps,
  names: Names,
  secret: string,
  refused: boolean,
  itemChanged: string | undefined,
): Promise<readonly string[]> {
  if (!deliveryOf(names).frozen) return [];
  const { namespace } = deps.installation.authentik;
  const written = await deps.externalSecrets.secretWrittenAt(namespace, secret, names.secretKey);
  if (written === undefined) return [];
  const { startedAt } = await liveRollout(deps);
  const older = Object.entries(startedAt).filter(([, started]) => isEarlier(started, written));
  if (refused) return older.map(([pod]) => pod);
  if (itemChanged === undefined || isEarlier(written, itemChanged)) return [];
  const stale = older.filter(([, started]) => isEarlier(started, itemChanged)).map(([pod]) => pod);
  if (stale.length === 0 || Object.keys(startedAt).length > 1) return stale;
  // The provider's is applied first, and it alone takes the secret up.
  const [{ blueprintPath } = names] = namesBySection(names);
  const [instance] = await deps.authentik.instancesByPath(blueprintPath);
  const applied = instance?.status === 'successful' && instance.enabled && isEarlier(written, instance.lastApplied);
  return applied ? [] : stale;
}
