import type { Fault } from '../base/faults.ts';
import { SCOPE_MAPPING } from '../edits/blueprint/models.ts';
import { scopeFound } from '../edits/blueprint/scopeMappings.ts';
import type { Registration } from './registration.ts';

/** What is said of a mapping that is asked for by its name and by its scope. */
export function alsoByScope(name: string, scope: string): { readonly message: string; readonly remedy: string } {
  return {
    message: `mapping "${name}" is of scope "${scope}", which spec.scopes names as well`,
    remedy: 'Take the scope out of spec.scopes, or the mapping out of spec.provider.scopeMappings.',
  };
}

/** Of Authentik's own mappings the scopes are known; of any other Authentik is asked. */
export function mappingsByScopeToo({ scopes, provider }: Registration['spec']): readonly Fault[] {
  return (provider?.scopeMappings ?? []).flatMap((name, i) => {
    const scope = scopeFound(SCOPE_MAPPING, [['name', name]], []);
    if (scope === undefined || !scopes.includes(scope)) return [];
    const { message, remedy } = alsoByScope(name, scope);
    return [{ path: ['spec', 'provider', 'scopeMappings', i], message: `${message}. ${remedy}` }];
  });
}
