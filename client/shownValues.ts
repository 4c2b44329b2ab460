import type { Installation } from '../core/installation/installation.ts';
import { registrationPaths } from '../core/names/registrationPaths.ts';
import type { Registration } from '../core/registration/registration.ts';
import type { WorkingCopy } from './workingCopy.ts';

interface Shown {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly files: Pick<WorkingCopy, 'filesHolding'>;
}

/** Shorter ones, as a port or a flag, stand in many a text by chance. */
const SHORTEST = 5;

/**
 * Warnings of what Flux puts in the place of variables and a registration holds in clear, where no other file of the repository does: a
 * domain that is kept in a Secret, say. The client's own file may be there already, but need not be committed.
 */
export function shownValues({ registration, installation: { gitops }, files }: Shown): readonly string[] {
  const { metadata, spec } = registration;
  const own = new Set(registrationPaths(gitops, metadata.name));
  const asked = JSON.stringify(spec);
  return Object.entries(gitops.substitute === false ? {} : (gitops.substitute ?? {})).flatMap(([name, value]) => {
    const isHeld = value.length >= SHORTEST && asked.includes(JSON.stringify(value).slice(1, -1));
    if (!isHeld || files.filesHolding([value]).some((path) => !own.has(path))) return [];
    return [
      `the registration, and what a run writes of it, hold in clear what Flux puts in the place of \${${name}}, and no other file of the repository shows it: where it is to stay out of Git, as with a domain from a Secret of substituteFrom, do not commit this registration`,
    ];
  });
}
