import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import { kustomizationRef } from '../../core/installation/fluxPlace.ts';
import type { Flux, FluxRef, KustomizationState, SubstituteFrom } from '../../integrations/flux/flux.ts';
import type { Deps } from '../deps.ts';

/** What a Kustomization puts in the place of `${NAME}`, as far as it is told. */
export interface LiveSubstitution {
  readonly values: Readonly<Record<string, string>>;
  /** Secrets, and what may not be read, by kind and name: they hold further values, or others for the same names. */
  readonly untold: readonly string[];
  /** Defaults are put in where there is no value at all. */
  readonly always: boolean;
}

/** By the values that are in force: the systems with them as `gitops.substitute`, and when they were read. */
interface Known {
  readonly at: number;
  readonly values: string;
  readonly deps: Deps;
}

const known = new WeakMap<Deps, Known>();

/**
 * The systems with what the Kustomization of Authentik substitutes as `gitops.substitute`, so that what arrives is compared. What
 * registrar.yaml says goes before: preflight refuses where both differ. It is read again after a forced-sync interval; while it cannot
 * be read what was read last holds. Throws what may pass, as `Unavailable`, where nothing was ever read.
 */
export async function withLiveSubstitution(deps: Deps): Promise<Deps> {
  const { flux, installation } = deps;
  const ref = kustomizationRef(installation);
  if (flux === undefined || ref === undefined) return deps;
  const last = known.get(deps);
  if (last !== undefined && Date.now() - last.at < installation.timings.forceSyncMs) return last.deps;
  const live = await read(flux, ref).catch((error: unknown) => {
    if (error instanceof RegistrarError && (last !== undefined || !error.retryable)) return undefined;
    throw error;
  });
  if (live === undefined) return last?.deps ?? deps;
  const now = merged(deps, live);
  const values = JSON.stringify(now.installation.gitops.substitute ?? null);
  const same = last?.values === values ? last.deps : now;
  known.set(deps, { at: Date.now(), values, deps: same });
  return same;
}

function merged(deps: Deps, { values, untold, always }: LiveSubstitution): Deps {
  const { gitops } = deps.installation;
  const { substitute: configured } = gitops;
  const substitute = ((): typeof configured => {
    if (configured !== undefined) return configured === false ? false : { ...values, ...configured };
    // Without any variable Flux leaves even defaults alone.
    if (Object.keys(values).length === 0) return untold.length > 0 ? undefined : always ? {} : false;
    return values;
  })();
  return { ...deps, installation: { ...deps.installation, gitops: { ...gitops, substitute } } };
}

async function read(flux: Flux, ref: FluxRef): Promise<LiveSubstitution> {
  return substitutionOf(flux, await flux.kustomization(ref));
}

/**
 * Values of ConfigMaps in their order, those of the Kustomization itself before all others. A Secret is never read: of what a ConfigMap
 * before it says it may say otherwise (github.com/fluxcd/pkg, `LoadVariables`).
 */
export async function substitutionOf(flux: Flux, { ref, postBuild }: KustomizationState): Promise<LiveSubstitution> {
  let values: Readonly<Record<string, string>> = {};
  const untold: string[] = [];
  for (const from of postBuild?.substituteFrom ?? []) {
    const data = await dataOf(flux, ref, from);
    if (data === undefined) untold.push(`${from.kind} ${from.name}`);
    values = data === undefined ? {} : { ...values, ...data };
  }
  const all = Object.entries({ ...values, ...postBuild?.substitute });
  return {
    values: Object.fromEntries(all.map(([name, value]) => [name, value.replaceAll('\n', '')])),
    untold,
    always: postBuild?.always === true,
  };
}

/** Undefined where it is not to be read. */
async function dataOf(
  flux: Flux,
  { namespace }: FluxRef,
  { kind, name }: SubstituteFrom,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (kind !== 'ConfigMap') return undefined;
  return unlessRefused(async () => (await flux.configMap({ namespace, name })) ?? {}, 'Unauthorized');
}
