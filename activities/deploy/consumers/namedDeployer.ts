import { refused, type RegistrarError } from '../../../core/base/errors.ts';
import { CONSUMER_FIELDS, deployerTraits } from '../../../core/installation/deployers.ts';
import type { Deps } from '../../deps.ts';
import type { ConsumerPlace } from './place.ts';

const FIELDS = ['application', 'fluxKustomization'] as const;

/** A consumer names what deploys its file where somebody is asked to, and nothing that nobody here reads. Throws `BadInput`. */
export function assertNamesDeployer(
  { installation }: Pick<Deps, 'installation'>,
  { consumer, index }: Pick<ConsumerPlace, 'consumer' | 'index'>,
): void {
  const { namedBy } = deployerTraits(installation);
  const field = `spec.consumers.${index}`;
  for (const each of FIELDS) {
    const { what, deployer } = CONSUMER_FIELDS[each];
    if (each === namedBy && consumer[each] === undefined)
      throw bad(`${field}.${each} is missing: it says which ${what} deploys ${consumer.file}`, 'Add it to');
    if (each !== namedBy && consumer[each] !== undefined)
      throw bad(
        `${field}.${each} is "${consumer[each]}", but ${deployer} does not deploy here (authentik.deployBy)`,
        'Take it out of',
      );
  }
}

function bad(message: string, remedy: string): RegistrarError {
  return refused('registration file', message, `${remedy} the registration.`, 'BadInput');
}
