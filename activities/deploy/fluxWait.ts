import { RegistrarError } from '../../core/base/errors.ts';
import type { Flux, FluxRef, FluxState, KustomizationState } from '../../integrations/flux/flux.ts';
import type { Deps } from '../deps.ts';
import { StableFor, standstillMs } from '../kit/patience.ts';
import { waitUntil, type WaitState } from '../kit/wait.ts';
import { assertNotGivenUp, assertNotStuck, whyNot } from './fluxFailure.ts';
import { FluxRequests, isUnderWay } from './fluxRequests.ts';
import { commitOf, isAtOrPast } from './fluxRevision.ts';

/** What is to be deployed, and by which objects of Flux. */
export interface FluxDeployment {
  readonly flux: Flux;
  readonly kustomization: FluxRef;
  /** Where Helm makes what is waited for. */
  readonly helmRelease: FluxRef | undefined;
  /** On the target branch. */
  readonly commit: string;
  /** What is not yet live, as a sentence; undefined where all is. */
  readonly missing: () => Promise<string | undefined>;
  /** What is live must go, which its finalizers may hold up: it is waited for, however long it lasts. */
  readonly going?: boolean;
  /** Flux must be well now, too. It is not enough that it has applied the commit once: what fails now would fail at the next one. */
  readonly stillWell?: boolean;
}

const REMEDY =
  'See what flux get all -A says: a suspended object is resumed (flux resume), one that fails is mended on the target branch.';

/** How often Flux is asked again where it has applied the commit, yet something is not live. */
const ROUNDS = 3;

/**
 * Asks GitRepository, Kustomization and HelmRelease in this order, each as soon as the one before has the commit or a later one, and
 * waits until all have and nothing is missing. Throws `Failed` in Flux's own words where waiting mends nothing.
 */
export async function untilDeployed(deps: Deps, wanted: FluxDeployment): Promise<void> {
  const wait = new FluxWait(deps, wanted);
  await waitUntil('Flux', REMEDY, deps.installation.timings.pollMs, () => wait.look());
}

class FluxWait {
  readonly #deps: Deps;
  readonly #wanted: FluxDeployment;
  readonly #source: FluxRequests;
  readonly #kustomization: FluxRequests;
  readonly #release: FluxRequests;
  readonly #missing = new StableFor();
  #forced = false;

  constructor(deps: Deps, wanted: FluxDeployment) {
    const requests = () => new FluxRequests(wanted.flux, deps.installation.timings.forceSyncMs);
    this.#deps = deps;
    this.#wanted = wanted;
    this.#source = requests();
    this.#kustomization = requests();
    this.#release = requests();
  }

  async look(): Promise<WaitState<void>> {
    const { flux, commit } = this.#wanted;
    const kustomization = await flux.kustomization(this.#wanted.kustomization);
    const source = await flux.gitRepository(kustomization.sourceRef);
    const short = commit.slice(0, 12);
    if (!(await isAtOrPast(this.#deps, source.revision, commit)))
      return waitFor(source, this.#source, `${source.label} has not fetched ${short} yet`);
    if (!(await this.#isApplied(kustomization))) {
      await this.#assertBuilds(kustomization);
      return waitFor(kustomization, this.#kustomization, `${kustomization.label} has not applied ${short} yet`);
    }
    return (await this.#released()) ?? this.#proven(kustomization);
  }

  /**
   * The last revision applied is the commit or a later one. What Flux is still checking the health of, or has found unhealthy, is applied
   * as well: other objects of the Kustomization must not hold up what is proven by itself.
   */
  async #isApplied(state: KustomizationState): Promise<boolean> {
    const { commit, stillWell } = this.#wanted;
    const counts = stillWell !== true || state.ready?.status === 'True';
    if (counts && (await isAtOrPast(this.#deps, state.lastAppliedRevision, commit))) return true;
    return isPastApply(state) && (await isAtOrPast(this.#deps, state.lastAttemptedRevision, commit));
  }

  async #assertBuilds(state: KustomizationState): Promise<void> {
    const { commit } = this.#wanted;
    if (!(await isAtOrPast(this.#deps, state.lastAttemptedRevision, commit))) return;
    const own = commitOf(state.lastAttemptedRevision) === commit;
    assertNotStuck(state, this.#kustomization, own ? 'own' : 'later');
  }

  /** Undefined where Helm has ended well with what the Kustomization brought; values of a ConfigMap it reads when it is asked. */
  async #released(): Promise<WaitState<void> | undefined> {
    const { flux, helmRelease } = this.#wanted;
    if (helmRelease === undefined) return undefined;
    const state = await flux.helmRelease(helmRelease);
    const { suspended, ready, generation, observedGeneration } = state;
    const handled = this.#release.isHandled(state) && !suspended && generation === observedGeneration;
    if (handled && ready?.status === 'True') return undefined;
    if (handled && !isUnderWay(state)) {
      assertNotGivenUp(state);
      assertNotStuck(state, this.#release, 'later');
    }
    return waitFor(state, this.#release, `${state.label} has not released it yet`);
  }

  async #proven(kustomization: KustomizationState): Promise<WaitState<void>> {
    const missing = await this.#wanted.missing();
    if (missing === undefined) return { done: undefined };
    const said = `${missing}, although ${kustomization.label} has applied ${kustomization.lastAttemptedRevision}`;
    const lasts = this.#missing.lasts(missing, standstillMs(this.#deps));
    if (lasts && this.#wanted.going !== true && this.#kustomization.ended >= ROUNDS) throw notApplied(said);
    // What somebody changed live Flux puts back when it looks; Helm does where it is made to.
    const { flux, helmRelease } = this.#wanted;
    await this.#kustomization.ask(kustomization);
    if (helmRelease !== undefined && !this.#forced)
      this.#forced = await this.#release.ask(await flux.helmRelease(helmRelease), { force: true });
    return { waiting: said };
  }
}

async function waitFor(state: FluxState, requests: FluxRequests, otherwise: string): Promise<WaitState<void>> {
  await requests.ask(state);
  return { waiting: whyNot(state) ?? otherwise };
}

/** The try under way, or the last one, has applied and pruned: kustomize-controller checks the health after that. */
function isPastApply({ conditions, ready }: KustomizationState): boolean {
  const reconciling = conditions.find(({ type }) => type === 'Reconciling');
  if (ready?.status === 'Unknown') return reconciling?.message.startsWith('Running health checks') === true;
  return ready?.status === 'False' && /^HealthCheck(Failed|Canceled)$/.test(ready.reason);
}

function notApplied(said: string): RegistrarError {
  return new RegistrarError({
    system: 'Flux',
    kind: 'Failed',
    message: said,
    remedy:
      'See what keeps it otherwise: another controller, an annotation of Flux (reconcile, ssa), a patch of a kustomization or a substitution.',
  });
}
