import type { InstallationSummary } from '../../core/run/requests.ts';

type Place = keyof NonNullable<InstallationSummary['places']>;

const PLACES: Readonly<Record<string, readonly Place[]>> = {
  acquireTurn: ['turn'],
  generateSecret: ['vault'],
  storeSecret: ['vault'],
  create: ['vault'],
  set: ['vault'],
  patchExternalSecret: ['cluster'],
  takeOutExternalSecret: ['cluster'],
  syncBlueprint: ['cluster', 'authentik'],
  takeOutBlueprint: ['cluster', 'authentik'],
  removeApplication: ['authentik'],
  landChange: ['repository'],
  cleanUp: ['repository'],
};

/** Where what a step did is found, by the configuration that the run began with; undefined where that is not told. */
export function placeOf(step: string, places: InstallationSummary['places']): string | undefined {
  const named = PLACES[step];
  return places === undefined || named === undefined ? undefined : named.map((place) => places[place]).join(' and ');
}
