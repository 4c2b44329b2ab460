import { refused } from '../../core/base/errors.ts';
import { alsoByScope } from '../../core/registration/mappingRules.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Deps } from '../deps.ts';

/** A provider has a mapping once, so one that is asked for by its name and by its scope would not read back. Throws `Refused`. */
export async function assertOfNoScope(
  deps: Pick<Deps, 'authentik'>,
  { spec }: Registration,
  { name, pk }: { readonly name: string; readonly pk: string },
): Promise<void> {
  for (const scope of spec.scopes) {
    if (!(await deps.authentik.find('scopeMapping', scope)).includes(pk)) continue;
    const place = `spec.provider.scopeMappings.${spec.provider?.scopeMappings?.indexOf(name)}`;
    const { message, remedy } = alsoByScope(name, scope);
    throw refused('registration file', `${place}: ${message}`, remedy);
  }
}
