import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { ApplicationState, ArgoCd } from '../../integrations/argocd/argocd.ts';
import { nameOf } from './applicationSource.ts';

/** How many comparisons of our own asking must fail in a row, each without Argo CD's cache. */
const CONFIRMATIONS = 2;

/**
 * Tells a comparison that fails for good from one that may pass. Manifests of this revision that do not render are not mended by
 * waiting: confirmed anew, they end the wait. Anything else, such as a repository that does not answer, is waited for through
 * one whole attempt first.
 */
export class BrokenComparison {
  readonly #argocd: Pick<ArgoCd, 'refresh'>;
  #asked = false;
  #confirmed = 0;
  #ofManifests = false;

  constructor(argocd: Pick<ArgoCd, 'refresh'>) {
    this.#argocd = argocd;
  }

  /** One look. Returns what Argo CD says, where it cannot compare. Throws `Failed` where that is confirmed. */
  async look(state: ApplicationState): Promise<string | undefined> {
    const { name, comparisonError, refreshRequested } = state;
    if (comparisonError === undefined || comparisonError.ofManifests !== this.#ofManifests) {
      this.#asked = false;
      this.#confirmed = 0;
    }
    if (comparisonError === undefined) return undefined;
    const { message, ofManifests } = comparisonError;
    this.#ofManifests = ofManifests;
    const said = `${nameOf(state)} cannot be compared: ${message}`;
    if (refreshRequested || this.#confirmed >= CONFIRMATIONS) return said;
    if (this.#asked) this.#confirmed += 1;
    if (this.#confirmed < CONFIRMATIONS) {
      this.#asked = true;
      await this.#argocd.refresh(name, 'hard');
      return said;
    }
    if (!ofManifests && Context.current().info.attempt < 2) return said;
    throw new RegistrarError({
      system: 'Argo CD',
      kind: 'Failed',
      message: said,
      remedy: ofManifests
        ? 'Mend the manifests on the target branch, then start again.'
        : 'See that Argo CD reaches the repository and the cluster, then start again.',
    });
  }
}
