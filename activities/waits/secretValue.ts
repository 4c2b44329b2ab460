import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type {
  ExternalSecretObject,
  ExternalSecretRef,
  ExternalSecrets,
  ExternalSecretState,
} from '../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { failedSince } from '../state/externalSecretHealth.ts';
import { Spaced } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { secretOf } from '../state/vaultSecret.ts';

/** A key of a Secret that an ExternalSecret fills: Authentik's or a consumer's. */
export interface SecretKey {
  /** The ExternalSecret, for people. */
  readonly label: string;
  readonly ref: ExternalSecretRef;
  readonly externalSecrets: ExternalSecrets;
  readonly key: string;
  /** The live ExternalSecret. Throws where somebody took it, or our entry in it, away. */
  readonly read: () => Promise<ExternalSecretObject>;
  /** Whether the Secret of an ExternalSecret that is refreshed well is as it is to be. */
  readonly isRight: (state: ExternalSecretObject, wanted: Secret) => Promise<boolean>;
}

type Failure = ExternalSecretState['lastFailure'];

/**
 * Waits until a Secret holds the vault's value. Ready=True may be that of the refresh before, and several servers of a vault lag
 * apart: only the value proves itself. The comparison stays in memory. A forced sync costs the vault 8 requests an entry, so it is
 * spaced.
 */
export async function waitForSecret(
  deps: Deps,
  { changeId, names }: Pick<Job, 'changeId' | 'names'>,
  secret: SecretKey,
  { forceNow = false } = {},
): Promise<void> {
  const { externalSecrets, ref } = secret;
  const { pollMs, forceSyncMs } = deps.installation.timings;
  const wanted = secretOf(await vaultFor(deps, names).read(), names.vaultField);
  // A new or changed spec refreshes by itself; of a changed value External Secrets knows nothing.
  let forcedAt = forceNow ? 0 : Date.now();
  // Only its store and its Events tell why no value comes, and that waits so long.
  const wholeLook = new Spaced(deps);
  let failure: Failure;
  await waitUntil('External Secrets', remedyOf(ref), pollMs, async () => {
    const state = await secret.read();
    if (state.seen && state.ready && (await secret.isRight(state, wanted))) return { done: undefined };
    if (Date.now() - forcedAt > forceSyncMs) {
      forcedAt = Date.now();
      await externalSecrets.forceSync(ref, `${changeId}-${forcedAt}`);
    }
    const whole = wholeLook.isDue() ? await externalSecrets.read(ref) : undefined;
    if (whole?.store.ready === false) throw storeBroken(secret, whole);
    failure = whole?.lastFailure ?? failure;
    return { waiting: describe(secret, state, failure) };
  });
}

export function remedyOf({ namespace, name }: ExternalSecretRef): string {
  return `See kubectl -n ${namespace} describe externalsecret ${name}.`;
}

function describe({ label, key }: SecretKey, state: ExternalSecretObject, failure: Failure): string {
  // An Event stays for an hour, whatever has become of it.
  if (failure !== undefined && (!state.ready || failedSince({ ...state, lastFailure: failure })))
    return `External Secrets could not refresh ${label} (try ${failure.count}): ${failure.message}`;
  if (!state.seen) return `External Secrets has not seen ${label}; a vault that hangs blocks it without a word`;
  return `the Secret ${state.targetSecret} of ${label} does not hold the vault's value under ${key} yet`;
}

function storeBroken({ label }: SecretKey, { store }: ExternalSecretState): RegistrarError {
  return new RegistrarError({
    system: 'External Secrets',
    kind: 'Unavailable',
    message: `${store.kind} ${store.name} of ${label} is not Ready: ${store.message}`,
    remedy: 'Mend the store: its server, its token, its vault.',
  });
}

interface SecretPlace {
  readonly namespace: string;
  readonly secret: string;
  readonly key: string;
  /** Everybody may see its value. */
  readonly shown?: boolean;
}

/** How often a key is looked for that should go from its Secret. */
const LOOKS = 5;

/** A key that stays in its Secret: listed, for it holds a value, or may hold one where nobody lets us look. */
export async function lingering(
  deps: Deps,
  externalSecrets: ExternalSecrets,
  { namespace, secret, key, shown = false }: SecretPlace,
  words: { readonly why: string; readonly remedy?: string },
): Promise<readonly Leftover[]> {
  const left = {
    what: `key ${key} of Secret ${namespace}/${secret}`,
    remedy: takeOutKey(namespace, secret, key),
    ...words,
  };
  for (let look = 0; look < LOOKS; look += 1) {
    try {
      if ((await externalSecrets.secretValue(namespace, secret, key, { shown })) === undefined) return [];
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.kind !== 'Unauthorized') throw error;
      return [{ ...left, why: `whether it is still there could not be looked at: ${error.message}. ${left.why}` }];
    }
    await Context.current().sleep(deps.installation.timings.pollMs);
  }
  return [left];
}

/** The command by which a person takes a key out of a Secret. */
export function takeOutKey(namespace: string, secret: string, key: string): string {
  return `\`kubectl -n ${namespace} patch secret ${secret} --type=json -p '[{"op":"remove","path":"/data/${key}"}]'\``;
}
