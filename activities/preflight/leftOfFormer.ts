import { sectionStands } from '../../core/changes/entry.ts';
import type { KnownFacts } from '../../core/registration/record.ts';
import { referencesIn } from '../../core/base/words.ts';
import { readsSecret } from '../../core/policy/fieldReaders.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { isProse } from '../branch/references.ts';
import { textsWithoutOurs } from '../branch/plans.ts';

/**
 * Lines of the repository that read the client's secret, though no consumer of the registration stands for them. Looked for where
 * nothing tells to which consumers the secret was once brought: one that was taken out of the registration would go on unseen.
 */
export async function leftOfFormer(deps: Deps, job: Job, known: KnownFacts | undefined): Promise<readonly string[]> {
  if (known?.delivered.earlier === 'known' || job.continued || !sectionStands(job.edits)) return [];
  const { gitops, authentik } = deps.installation;
  const own = new Set([authentik.externalSecret.file, authentik.deployment.file, authentik.blueprints.file]);
  const references = readsSecret(job.names, deps.installation);
  const after = await textsWithoutOurs(deps, job, job.base);
  const found: string[] = [];
  for (const path of await deps.git.filesHolding(
    job.base,
    references.map(({ text }) => text),
  )) {
    if (isProse(path) || own.has(path) || path.startsWith(`${gitops.registrations}/`)) continue;
    const text = after.has(path) ? after.get(path) : await deps.git.readFile(job.base, path);
    found.push(
      ...referencesIn(path, text ?? '', references).map(
        ({ line, means }) =>
          `${path}:${line} ${means}, and no consumer of the registration does: whether a run wrote it is not known`,
      ),
    );
  }
  return found;
}
