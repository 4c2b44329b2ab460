import type { Job } from '../../core/run/job.ts';
import type { Land } from '../../core/run/steps.ts';
import type { Made, Standing } from './standing.ts';

/** What people do with a pull request, and how long after it is opened, in milliseconds. */
export interface Review {
  readonly deed: 'merge' | 'close';
  readonly ms: number;
}

/** A change that waits for people. */
export interface Proposal {
  readonly client: string;
  readonly removes: boolean;
  readonly text: number;
  state: 'open' | 'merged' | 'closed' | 'withdrawn';
}

/** The pull requests of a schedule in which people merge. */
export class Proposals {
  readonly #of = new Map<string, Proposal>();
  readonly #opened: (proposal: Proposal) => void;

  constructor(opened: (proposal: Proposal) => void) {
    this.#opened = opened;
  }

  /** One that is open is proposed once. */
  open({ client, removal }: Job, { text }: Standing): object {
    const proposal = { branch: `proposal/${client}`, commit: 'abc' };
    if (this.#of.get(client)?.state !== 'open') {
      const fresh: Proposal = { client, removes: removal !== undefined, text: text.wanted, state: 'open' };
      this.#of.set(client, fresh);
      this.#opened(fresh);
    }
    return { state: 'proposed', proposal, note: 'waits for people' };
  }

  stateOf(client: string): Proposal['state'] | undefined {
    return this.#of.get(client)?.state;
  }

  /** From here on nobody can merge it. */
  withdraw(client: string): void {
    const proposal = this.#of.get(client);
    if (proposal?.state === 'open') proposal.state = 'withdrawn';
  }
}

export const REVERT = 'the change on the target branch';
/** People are to merge that, too, and until then all that was deployed stays. */
export const REVERT_PROPOSED = {
  undone: [],
  kept: [{ what: REVERT, why: 'it waits for its merge', remedy: 'Merge it.' }],
  blocks: true,
  pending: 'pull request',
} as const;

/** What people merge must be there, or gone, as far as it is then: one that is taken back can no longer be merged. Says what is not. */
export function merge(proposal: Proposal, { made, text, whole }: Standing, land: Land): string | undefined {
  if (proposal.state !== 'open') return undefined;
  proposal.state = 'merged';
  const { client, removes } = proposal;
  const live: readonly Made[] = removes ? ['blueprint', 'externalSecret', 'consumers', 'application'] : whole;
  const before = land === 'last' ? live : removes ? [] : (['field'] as const);
  const wrong = before.filter((each) => each !== 'landed' && made.has(each) === removes);
  if (removes) made.delete('landed');
  else {
    made.add('landed');
    text.landed = proposal.text;
  }
  if (wrong.length === 0) return undefined;
  return `people merge the change of ${client} ${removes ? 'under' : 'without'} ${wrong.join()}`;
}
