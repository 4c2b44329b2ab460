import { failure } from './failures.ts';

/**
 * Refuses an update that the run has no use for now, by what its validator found. It is in no history then; where an earlier release
 * accepted one, its handler says the same.
 */
export function outOfTurn(why: string | undefined): void {
  if (why !== undefined)
    throw failure('OutOfTurn', why, { system: 'oidc-registrar', remedy: 'See the current details of the run.' });
}
