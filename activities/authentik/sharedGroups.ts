import { asWord } from '../../core/base/words.ts';
import { othersNeedGroup } from '../../core/edits/blueprint/leaveSection.ts';
import { keysOf } from '../../core/kubernetes/ourEntries.ts';
import type { Job } from '../../core/run/job.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { otherRegistrations } from '../branch/registrationFile.ts';
import type { Deps } from '../deps.ts';
import { liveBlueprints } from '../state/ourResources.ts';

/**
 * Groups of a registration that another one asks for or binds, or that another blueprint of the ConfigMap names: deleting one
 * would make that blueprint fail at its next apply, though Authentik itself shows no use.
 */
export async function sharedGroups(
  deps: Deps,
  { registration, names, client, base }: Pick<Job, 'registration' | 'names' | 'client' | 'base'>,
  groups: readonly string[] = registration.spec.groups.map(({ name }) => name),
): Promise<readonly string[]> {
  const live = await liveBlueprints(deps);
  const keys = keysOf(names);
  const blueprints = Object.entries(live).filter(([key]) => !keys.includes(key));
  const own = keys.map((key) => live[key] ?? '');
  const others = await otherRegistrations(deps, client, base);
  return groups.filter(
    (name) =>
      others.some((other) => groupsOf(other).includes(name)) ||
      blueprints.some(([, text]) => mentions(text, name)) ||
      own.some((text) => othersNeedGroup(text, { ...names, client }, name)),
  );
}

function mentions(blueprint: string, group: string): boolean {
  const word = asWord(group);
  return blueprint.split('\n').some((line) => !line.trimStart().startsWith('#') && word.test(line));
}

function groupsOf({ spec }: Registration): readonly string[] {
  const bound = 'groups' in spec.access ? spec.access.groups : [];
  return [...bound, ...spec.groups.map((group) => group.name)];
}
