import { RegistrarError } from '../core/base/errors.ts';
import { standingClients } from '../core/import/clients.ts';
import type { Installation } from '../core/installation/installation.ts';
import { readRegistration } from '../core/installation/readFiles.ts';
import { RECORD_SUFFIX } from '../core/registration/schemaParts.ts';
import type { WorkingCopy } from './workingCopy.ts';

/** A registration file of the working copy. */
export interface RegistrationFile {
  readonly file: string;
  readonly client: string;
}

/** Files of the registrations that are there, by the slug of each. */
export function registeredSlugs(copy: WorkingCopy, { gitops }: Installation): ReadonlyMap<string, RegistrationFile> {
  const folder = `${gitops.registrations}/`;
  const files = copy.paths().filter((file) => file.startsWith(folder) && /\.ya?ml$/.test(file));
  return new Map(
    files.flatMap((file) => {
      try {
        const { metadata, spec } = readRegistration(copy.read(file) ?? '', file);
        return [[spec.slug ?? metadata.name, { file, client: metadata.name }] as const];
      } catch (error) {
        // What cannot be read registers nobody yet; its own path is looked at all the same.
        if (error instanceof RegistrarError) return [];
        throw error;
      }
    }),
  );
}

/**
 * How a client stands in the working copy: registered; with a registration file alone (`file`); with a section and the job's record, but
 * without a file (`inline`); or with a section alone, as people made it by hand (`unmanaged`).
 */
export type StandsAs = 'registered' | 'file' | 'inline' | 'unmanaged';

/** Every client of a working copy, by its name. */
export function clientsOfCopy(copy: WorkingCopy, installation: Installation): ReadonlyMap<string, StandsAs> {
  const { registrations } = installation.gitops;
  const bySlug = registeredSlugs(copy, installation);
  const paths = new Set(copy.paths());
  const found = new Map<string, StandsAs>([...bySlug.values()].map(({ client }) => [client, 'file']));
  for (const { name, slug } of standingClients({ installation, read: copy.read }).clients) {
    const registered = bySlug.get(slug ?? name);
    const isRecorded = paths.has(`${registrations}/${name}${RECORD_SUFFIX}`);
    if (registered === undefined) found.set(name, isRecorded ? 'inline' : 'unmanaged');
    else found.set(registered.client, 'registered');
  }
  return found;
}
