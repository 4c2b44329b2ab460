import type { Section } from '../../core/edits/blueprint/blueprintSection.ts';
import { ownSection, scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { hashOf } from '../state/blueprintOf.ts';
import { sectionAt } from '../state/manifest.ts';

/** The client's blueprint as it was before the change: that of the job's base. Throws `Failed` where there is none. */
export async function oldBlueprint(
  deps: Deps,
  job: Pick<Job, 'base' | 'names'>,
): Promise<{ readonly text: string; readonly hash: string }> {
  const { file } = deps.installation.authentik.blueprints;
  const text = await sectionAt(deps, job.base, job.names.blueprintKey);
  if (text === undefined)
    throw new RegistrarError({
      system: 'Git',
      kind: 'Failed',
      message: `${file} at ${job.base.slice(0, 12)} holds no section ${job.names.blueprintKey}`,
      remedy: 'Put the section back by hand as it was, and apply it in the admin interface.',
    });
  return { text, hash: hashOf(text) };
}

/** The client's section as it stood at the run's base, read; undefined where it cannot be. */
export async function oldSection(
  deps: Deps,
  job: Pick<Job, 'base' | 'names' | 'registration'>,
): Promise<Section | undefined> {
  return ownSection((await oldBlueprint(deps, job)).text, scopeFor(job.names, job.registration));
}
