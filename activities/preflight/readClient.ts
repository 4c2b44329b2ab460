import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { type EngineMode, wantedState } from '../../core/authentik/wantedState.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { readFound } from '../state/authentikState.ts';
import { sectionsOf } from '../state/manifest.ts';
import { permissionsOf, readOccupied, verdictOf } from './authentik.ts';
import { ask, told } from './problems.ts';
import type { ClientFacts } from './world.ts';

interface Client extends Pick<Job, 'registration' | 'names' | 'base'> {
  readonly engineMode: EngineMode;
}

/** Renders what a client asks for, and reads what Authentik and Git hold under its names. */
export async function readClient(deps: Deps, { base, engineMode, ...asked }: Client): Promise<ClientFacts> {
  const { registration, names } = asked;
  const { authentik, installation } = deps;
  const version = await authentik.version();
  const occupied = await readOccupied(deps, asked);
  const { application } = occupied;
  const wanted = wantedState(registration, installation, names, engineMode);
  const permissions = await ask(() => permissionsOf(deps, occupied));
  return {
    ...asked,
    deps,
    version,
    wanted,
    rendered: await ask(async () =>
      renderBlueprint({
        ...asked,
        installation,
        authentikVersion: version,
        secretReference: await authentik.secretReference(),
        engineMode,
      }),
    ),
    occupied,
    bindings: application === undefined ? undefined : await authentik.bindings(application.pk),
    state: await readFound(deps, { ...asked, wanted }),
    sections: await sectionsOf(deps, base, names),
    permissions,
    token: await ask(() => verdictOf(deps, told(permissions), occupied)),
  };
}
