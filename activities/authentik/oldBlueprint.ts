import { hashOf } from '../state/appliedHash.ts';
import type { Section } from '../../core/edits/blueprint/blueprintSection.ts';
import { ownSection, scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { sectionAt } from '../state/manifest.ts';

/** The client's blueprint as it was before the change, in each of its sections: that of the job's base. Throws `Failed` where there is none. */
export async function oldBlueprint(
  deps: Deps,
  { base, names }: Pick<Job, 'base' | 'names'>,
): Promise<Pick<Job['blueprint'], 'text' | 'hash' | 'further'>> {
  const { further = [] } = names;
  const [first, ...others] = await Promise.all(
    [names, ...further].map(({ blueprintKey }) => oldText(deps, base, blueprintKey)),
  );
  return { ...(first as OldText), ...(further.length === 0 ? {} : { further: others }) };
}

type OldText = Pick<Job['blueprint'], 'text' | 'hash'>;

async function oldText(deps: Deps, base: string, key: string): Promise<OldText> {
  const { file } = deps.installation.authentik.blueprints;
  const text = await sectionAt(deps, base, key);
  if (text !== undefined) return { text, hash: hashOf(text) };
  throw new RegistrarError({
    system: 'Git',
    kind: 'Failed',
    message: `${file} at ${base.slice(0, 12)} holds no section ${key}`,
    remedy: 'Put the section back by hand as it was, and apply it in the admin interface.',
  });
}

/** The client's section as it stood at the run's base, read; undefined where it cannot be. */
export async function oldSection(
  deps: Deps,
  job: Pick<Job, 'base' | 'names' | 'registration'>,
): Promise<Section | undefined> {
  const { text, further = [] } = await oldBlueprint(deps, job);
  return ownSection([text, ...further.map((each) => each.text)], scopeFor(job.names, job.registration));
}
