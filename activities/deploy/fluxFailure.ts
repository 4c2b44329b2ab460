import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { FluxState, HelmReleaseState } from '../../integrations/flux/flux.ts';
import type { FluxRequests } from './fluxRequests.ts';

/** How many requests in a row must end in the same failure before it counts. */
const CONFIRMATIONS = 2;

/** What passes by itself, or what nothing that has landed is to blame for: it is waited for as long as waits last. */
const PASSES: ReadonlySet<string> = new Set(['DependencyNotReady', 'SourceNotReady', 'HealthCheckCanceled']);

/** As a sentence, why an object does not come on, in Flux's own words; undefined where it says nothing of the kind. */
export function whyNot({ label, suspended, ready }: FluxState): string | undefined {
  if (suspended) return `${label} is suspended`;
  if (ready?.status !== 'False') return undefined;
  return `${label} is not ready: ${ready.reason}: ${ready.message}`;
}

/** As {@link whyNot}, of what does not pass by itself. */
export function whyHalted(state: FluxState): string | undefined {
  return !state.suspended && PASSES.has(state.ready?.reason ?? '') ? undefined : whyNot(state);
}

/** Whose commit an object failed at: the change's own, or one that others landed after it. */
type Blame = 'own' | 'later';

/**
 * Throws `Failed` where waiting mends nothing: a build of the change's own commit that fails again and again. What fails at a later
 * commit, or may have passed by the next try, is waited for through one whole attempt first: others are about to mend theirs.
 */
export function assertNotStuck(state: FluxState, requests: FluxRequests, blame: Blame): void {
  const { ready, suspended } = state;
  if (suspended || ready?.status !== 'False' || PASSES.has(ready.reason)) return;
  if (requests.confirmed < CONFIRMATIONS) return;
  const atOnce = blame === 'own' && ready.reason === 'BuildFailed';
  if (!atOnce && Context.current().info.attempt < 2) return;
  throw failed(
    whyNot(state) ?? '',
    blame === 'own' ? 'Mend what Flux names, then start again.' : 'Mend the target branch, then start again.',
  );
}

/**
 * Throws `Failed` where Helm has given up: no retry is left, and what it had begun may be rolled back. Only another chart or other
 * values have it try again. What the release itself said is told, for `Ready` speaks of the roll-back (helm-controller, `summarize`).
 */
export function assertNotGivenUp({ label, conditions, ready }: HelmReleaseState): void {
  const of = (type: string) => conditions.find((condition) => condition.type === type);
  const stalled = of('Stalled');
  if (stalled?.status !== 'True' || ready?.status !== 'False') return;
  const [released, remediated] = [of('Released'), of('Remediated')];
  const told = [
    ...(released?.status === 'False' ? [released] : [ready]),
    ...(remediated === undefined ? [] : [remediated]),
  ].map(({ reason, message }) => `${reason}: ${message}`);
  throw failed(
    `Helm has given up on ${label} (${stalled.reason}: ${stalled.message}): ${told.join('; ')}`,
    'Mend what Helm names, then start again.',
  );
}

function failed(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Flux', kind: 'Failed', message, remedy });
}
