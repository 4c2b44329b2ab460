import { freshTarget } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import type { Problems } from './problems.ts';

/** What was read and judged. */
interface Judged<T> {
  readonly problems: Problems;
  /** Head of the target branch as it was read. */
  readonly target: string;
  /** What comes of it where nothing is wrong. */
  readonly answer: () => T | Promise<T>;
}

/** So often at most: a branch that moves all the time must not keep a refusal from people. */
const READS = 3;

/**
 * Git is read as of one fetch, what is live a moment later, or after a roll-out. What another client's run has landed and deployed in
 * between would pass for what nobody has declared: an instance that is in the way, an entry that somebody made by hand. So what is
 * refused is read and judged again where the target branch has moved since. Throws what is refused.
 */
export async function ofOneMoment<T>(deps: Deps, look: () => Promise<Judged<T>>): Promise<T> {
  for (let reads = 1; ; reads += 1) {
    const { problems, target, answer } = await look();
    if (problems.none) return answer();
    if (reads === READS || (await freshTarget(deps)) === target) problems.throwIfAny();
  }
}
