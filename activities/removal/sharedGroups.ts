import { RegistrarError } from '../../core/errors.ts';
import { readRegistration } from '../../core/readFiles.ts';
import { asWord } from '../../core/references.ts';
import type { Registration } from '../../core/registration.ts';
import { resolveNames } from '../../core/resolve.ts';
import type { Deps } from '../deps.ts';
import { liveBlueprints } from '../live.ts';

/**
 * Groups of a registration that another one asks for or binds, or that another blueprint of the ConfigMap names: deleting one
 * would make that blueprint fail at its next apply, though Authentik itself shows no use.
 */
export async function sharedGroups(
  deps: Deps,
  registration: Registration,
  client: string,
  base: string,
  groups: readonly string[] = registration.spec.groups.map(({ name }) => name),
): Promise<readonly string[]> {
  const { blueprintKey } = resolveNames(registration, deps.installation);
  const blueprints = Object.entries(await liveBlueprints(deps)).filter(([key]) => key !== blueprintKey);
  const others = await otherRegistrations(deps, client, base);
  return groups.filter(
    (name) =>
      others.some((other) => groupsOf(other).includes(name)) || blueprints.some(([, text]) => names(text, name)),
  );
}

function names(blueprint: string, group: string): boolean {
  const word = asWord(group);
  return blueprint.split('\n').some((line) => !line.trimStart().startsWith('#') && word.test(line));
}

function groupsOf({ spec }: Registration): readonly string[] {
  const bound = 'groups' in spec.access ? spec.access.groups : [];
  return [...bound, ...spec.groups.map((group) => group.name)];
}

/** A file that cannot be read asks for nothing yet. */
export async function otherRegistrations(
  deps: { readonly installation: Deps['installation']; readonly git: Pick<Deps['git'], 'readFile' | 'listFiles'> },
  client: string,
  base: string,
): Promise<readonly Registration[]> {
  const found: Registration[] = [];
  for (const path of await deps.git.listFiles(base, deps.installation.gitops.registrations)) {
    if (!/\.ya?ml$/.test(path)) continue;
    const text = await deps.git.readFile(base, path);
    try {
      const registration = readRegistration(text ?? '', path);
      if (registration.metadata.name !== client) found.push(registration);
    } catch (error) {
      if (!(error instanceof RegistrarError)) throw error;
    }
  }
  return found;
}
