import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import type { CheckBasis, CheckRequest } from '../../core/check/finding.ts';
import { unlessRefused } from '../../core/base/errors.ts';
import { wantedState } from '../../core/authentik/wantedState.ts';
import { blueprintAt, engineModeAt, engineModeIn } from '../state/blueprintOf.ts';
import { secretObjectFor } from '../state/secretObject.ts';
import { clientNames } from '../state/clientNames.ts';
import type { Deps } from '../deps.ts';
import { deregistered } from '../branch/deregistered.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import { targetHead } from '../branch/runBranch.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { clientsLeftPending, leftPending } from './leftPending.ts';

/** What is asked for one client, at the target branch's head. Throws `BadInput` where its registration cannot be read. */
export async function checkBasis(systems: Deps, { client, digest }: CheckRequest): Promise<CheckBasis> {
  const deps = askedOnce(systems);
  const open = await openRuns(deps, client);
  await deps.git.fetch();
  const base = await targetHead(deps);
  const registration = await loadRegistration(deps, { client }, client, base).catch(async (error: unknown) => {
    const told = (await leftPending(deps, client).catch(() => undefined)) ?? (await deregistered(deps, client, base));
    throw told ?? error;
  });
  const names = await clientNames(deps, registration, base);
  const engineMode = await engineModeAt(deps, base, { registration, names });
  // What Authentik does not tell the look at it says.
  const told = await unlessRefused(async () => ({
    secretObject: await secretObjectFor(deps, base, { registration, names }),
  }));
  const secretObject = told?.secretObject;
  const wanted = wantedState(registration, deps.installation, names, engineMode, secretObject);
  const asked = { registration, names, wanted, ...(secretObject === undefined ? {} : { secretObject }) };
  const blueprint = told && (await unlessRefused(() => render(deps, base, asked)));
  return { client, digest, base, ...asked, blueprint, open };
}

/** Without Authentik's version, or for one that nobody has tried, nothing is rendered: the look at Authentik says why. */
async function render(
  deps: Deps,
  base: string,
  { registration, names, wanted, secretObject }: Pick<CheckBasis, 'registration' | 'names' | 'wanted' | 'secretObject'>,
): Promise<CheckBasis['blueprint']> {
  const { text } = renderBlueprint({
    registration,
    installation: deps.installation,
    names,
    authentikVersion: await deps.authentik.version(),
    secretObject,
    engineMode: engineModeIn(wanted),
  });
  // Whether Authentik holds the right grant types is read beside this.
  return blueprintAt(deps, base, { registration, names, rendered: text, grantsKnown: true });
}

/** Runs that are open now: the list is seconds late, so the client's own is asked for by its id. */
export async function openRuns(deps: Deps, client: string): Promise<readonly string[]> {
  const own = deps.runs.idOf(client);
  const others = (await deps.runs.openRuns()).filter((workflowId) => workflowId !== own);
  return (await deps.runs.isOpen(own)) ? [own, ...others] : others;
}

/** Names of all clients that have a registration file at the target branch's head, and of those that have only left something pending. */
export async function listClients(deps: Deps, _request: Pick<CheckRequest, 'digest'>): Promise<readonly string[]> {
  await deps.git.fetch();
  const files = await deps.git.listFiles(await targetHead(deps), deps.installation.gitops.registrations);
  const names = files.map((path) => /([^/]+)\.ya?ml$/.exec(path)?.[1]).filter((name) => name !== undefined);
  const registered = new Set(names);
  return [...registered, ...(await clientsLeftPending(deps, registered))].toSorted();
}
