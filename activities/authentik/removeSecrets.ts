import { madeByAuthentik, newSecretName } from '../../core/authentik/secretObject.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import type { Job } from '../../core/run/job.ts';
import type { SecretRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import type { Remover } from './remover.ts';

/**
 * The objects that keep the client's secret and were not there before: its own, and where its provider was not there either what
 * Authentik makes by itself of a secret that is written as text. It may have got such objects since the run began.
 */
export async function secretsMade(deps: Deps, job: Job): Promise<readonly SecretRow[]> {
  const { before, secretObject, names } = job;
  if ((await deps.authentik.secretDialect()) === undefined) return [];
  const made = before.known && before.provider ? [] : [madeByAuthentik(names.providerName)];
  const all = new Set([...(secretObject?.name === undefined ? [] : [secretObject.name]), ...made]);
  const found = await Promise.all([...all].map((name) => deps.authentik.secretsNamed(name)));
  return found.flat().filter(({ pk }) => before.secrets?.includes(pk) !== true);
}

/** Deletes them as far as nobody uses them, once the provider is gone; what people have named is theirs. */
export async function removeSecrets(deps: Deps, job: Job, remover: Remover): Promise<void> {
  const ours = new Set([madeByAuthentik(job.names.providerName), newSecretName(job.registration, deps.installation)]);
  const name = job.secretObject?.name ?? madeByAuthentik(job.names.providerName);
  const rows = await unlessHidden(remover, name, () => secretsMade(deps, job));
  for (const { pk, name: found } of rows) {
    const secret = { kind: 'secret', name: found, id: pk } as const;
    if (ours.has(found)) await remover.remove({ ...secret, expected: () => false });
    else remover.keep(secret, 'its name is not one that this job gives, so people made it.');
  }
}

/** A token from before an upgrade may not see them: what may be there is listed. */
export async function unlessHidden(
  remover: Pick<Remover, 'kept'>,
  name: string,
  ask: () => Promise<readonly SecretRow[]>,
): Promise<readonly SecretRow[]> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.kind !== 'Unauthorized') throw error;
    const what = `${madeLabel({ kind: 'secret', name })}, if it was made`;
    remover.kept.push({ what, why: error.message, remedy: error.remedy });
    return [];
  }
}
