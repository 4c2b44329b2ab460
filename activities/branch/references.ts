import { escaped, referencesIn, type FoundReference, type Reference } from '../../core/base/words.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';
import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { readsSecret } from '../../core/policy/fieldReaders.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';

/**
 * Lines of the repository that refer to the client beyond what the registration put there: a consumer that still asks for
 * the secret, the rendered file or the issuer. Zot, for one, does not start where the issuer does not answer. Prose and other
 * registrations are not searched.
 */
export async function findReferences(
  deps: Deps,
  job: Job,
  changes: readonly PlannedChange[],
): Promise<readonly FoundReference[]> {
  const { names, registration } = job;
  const client = { names, registration, installation: deps.installation };
  const consumers = writtenConsumers(registration).map(({ consumer, written }) => written.references(consumer, client));
  const anywhere = [
    ...referencesToClient(names),
    ...readsSecret(names, deps.installation),
    ...consumers.flatMap((each) => each.anywhere),
  ];
  const texts = [...anywhere, ...consumers.flatMap(({ near }) => near)].map((reference) => reference.text);
  const found: FoundReference[] = [];
  for (const path of await deps.git.filesHolding(job.base, texts)) {
    if (isProse(path) || path.startsWith(`${deps.installation.gitops.registrations}/`)) continue;
    const text = await textAfter(deps, job, changes, path);
    if (text === undefined) continue;
    const here = consumers.filter((each) => each.holds(path)).flatMap(({ near }) => near);
    found.push(...referencesIn(path, text, [...anywhere, ...here]));
  }
  return found;
}

/** The file as the change would leave it: our own entries refer to the client by right. */
async function textAfter(deps: Deps, job: Job, changes: readonly PlannedChange[], path: string) {
  const change = changes.findLast((each) => each.path === path && each.kind !== 'alreadyThere');
  return change === undefined ? deps.git.readFile(job.base, path) : (change.after ?? undefined);
}

function referencesToClient({ slug }: Job['names']): readonly Reference[] {
  const issuer = `/application/o/${slug}`;
  return [{ text: issuer, pattern: new RegExp(`${escaped(issuer)}(?![A-Za-z0-9_-])`), means: 'names its issuer' }];
}

export function isProse(path: string): boolean {
  return /\.(md|txt|rst|adoc)$/i.test(path);
}
