import { newSecretName, type SecretObject } from '../../core/authentik/secretObject.ts';
import { scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { secretNameOf } from '../../core/edits/blueprint/sectionFacts.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { sectionsOf } from './manifest.ts';

/**
 * How Authentik keeps a client's secret; undefined where it has no objects for that. A client's object keeps its name: the one that
 * its section gives it, or where that names the secret itself the one that Authentik has made of it, so that neither a change nor its
 * undo leaves one behind. A new one is named by `naming.secretName`. `asItStands`: a section that names the secret itself goes on so.
 */
export async function secretObjectFor(
  deps: Deps,
  base: string,
  { registration, names }: Pick<Job, 'registration' | 'names'>,
  asItStands = false,
): Promise<SecretObject | undefined> {
  const dialect = await deps.authentik.secretDialect();
  if (dialect === undefined || deliveredOf(names).length === 0) return dialect && { dialect };
  const written = secretNameOf(await sectionsOf(deps, base, names), scopeFor(names, registration), dialect);
  if (asItStands) return { dialect, ...(written === undefined ? {} : { name: written }) };
  const name = written ?? (await nameOfStanding(deps, names)) ?? newSecretName(registration, deps.installation);
  return { dialect, name };
}

/** Name of the secret's object that the client's provider has, where no other object is called so. */
async function nameOfStanding(deps: Deps, { providerName, clientId }: Job['names']): Promise<string | undefined> {
  const provider = await deps.authentik.providerByName(providerName);
  if (provider?.clientId !== clientId || typeof provider.secret !== 'string') return undefined;
  const name = (await deps.authentik.secretByPk(provider.secret))?.name;
  return name !== undefined && (await deps.authentik.secretsNamed(name)).length === 1 ? name : undefined;
}
