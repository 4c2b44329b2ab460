import { Context } from '@temporalio/activity';
import { madeByAuthentik } from '../../core/authentik/secretObject.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { UndoJournal } from '../kit/undoJournal.ts';
import { KEPT_BY_SETTING } from './removeFromAuthentik.ts';
import { Remover } from './remover.ts';
import { unlessHidden } from './removeSecrets.ts';

type Client = Pick<Job, 'names'>;

/** What may pass by itself is a leftover only once so many attempts have met it. */
const TRIES = 3;

/**
 * Deletes what Authentik made by itself of secrets that the blueprint has named as text: each new value leaves the object of the one
 * before, which nobody uses and which holds it still. Where somebody does, or registrar.yaml says to keep, it is listed.
 */
export async function removeFormerSecrets(deps: Deps, { names }: Client, remover: Remover): Promise<void> {
  if ((await deps.authentik.secretDialect()) === undefined) return;
  const used = (await deps.authentik.providerByName(names.providerName))?.secret;
  if (typeof used !== 'string') return;
  const made = madeByAuthentik(names.providerName);
  for (const { pk, name } of await unlessHidden(remover, made, () => deps.authentik.secretsNamed(made))) {
    if (pk === used) continue;
    const secret = { kind: 'secret', name, id: pk } as const;
    if (deps.installation.authentik.undo === 'delete') await remover.remove({ ...secret, expected: () => false });
    else remover.keep(secret, KEPT_BY_SETTING);
  }
}

/** The same after a value was replaced; what stays, and what could not be asked. No error of Authentik ends the run for that. */
export async function formerSecretsLeft(deps: Deps, client: Client): Promise<readonly Leftover[]> {
  const remover = new Remover(deps, new UndoJournal());
  try {
    await removeFormerSecrets(deps, client, remover);
  } catch (error) {
    if (!(error instanceof RegistrarError) || (error.retryable && Context.current().info.attempt < TRIES)) throw error;
    const secret = { kind: 'secret', name: madeByAuthentik(client.names.providerName) } as const;
    const { message: why, remedy } = error;
    return [...remover.kept, { what: `${madeLabel(secret)}, if it was made of the former value`, why, remedy }];
  }
  return remover.kept;
}
