import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { type EngineMode, wantedState } from '../../core/authentik/wantedState.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { readFound } from '../state/authentikState.ts';
import { sectionsOf } from '../state/manifest.ts';
import { secretObjectFor } from '../state/secretObject.ts';
import { permissionsOf, readOccupied, verdictOf } from './authentik.ts';
import { ask, told } from './problems.ts';
import type { ClientFacts } from './world.ts';

interface Client extends Pick<Job, 'registration' | 'names' | 'base'> {
  readonly engineMode: EngineMode;
  /** Of a run that died: what it began with is what it is finished with, or taken back. */
  readonly dead?: Pick<Job, 'secretObject'> | undefined;
  /** The client's blueprint stays in its own words, also about where its secret is. */
  readonly asItStands?: boolean;
}

/** Renders what a client asks for, and reads what Authentik and Git hold under its names. */
export async function readClient(
  deps: Deps,
  { base, engineMode, dead, asItStands, ...asked }: Client,
): Promise<ClientFacts> {
  const { registration, names } = asked;
  const { authentik, installation } = deps;
  const version = await authentik.version();
  const secretObject = dead === undefined ? await secretObjectFor(deps, base, asked, asItStands) : dead.secretObject;
  const occupied = await readOccupied(deps, { ...asked, secretObject });
  const { application } = occupied;
  const wanted = wantedState(registration, installation, names, engineMode, secretObject);
  const permissions = await ask(() => permissionsOf(deps, occupied));
  return {
    ...asked,
    deps,
    version,
    wanted,
    rendered: await ask(async () =>
      renderBlueprint({ ...asked, installation, authentikVersion: version, secretObject, engineMode }),
    ),
    ...(secretObject === undefined ? {} : { secretObject }),
    occupied,
    bindings: application === undefined ? undefined : await authentik.bindings(application.pk),
    state: await readFound(deps, { ...asked, wanted }),
    sections: await sectionsOf(deps, base, names),
    permissions,
    token: await ask(() => verdictOf(deps, told(permissions), occupied)),
  };
}
