import { RegistrarError } from '../../core/base/errors.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { assertFits, readRegistration } from '../../core/installation/readFiles.ts';
import { registrationPaths } from '../../core/names/registrationPaths.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { filePlan, type FilePlan } from '../filePlan.ts';
import { installationOf, localRegistration } from '../localFiles.ts';
import { usage } from '../usage.ts';
import { WorkingCopy } from '../workingCopy.ts';

export interface OfflineOptions {
  readonly client: string | undefined;
  readonly repo: string;
  readonly installation?: string;
  readonly registration?: string;
  readonly authentik?: string;
}

export interface OfflinePlan extends FilePlan {
  readonly workingCopy: WorkingCopy;
}

/**
 * The edits of files that a registration would make of a working copy. Nothing but files is read. Throws what the edits refuse, and
 * `BadInput`.
 */
export async function planOffline(options: OfflineOptions): Promise<OfflinePlan> {
  const workingCopy = new WorkingCopy(options.repo);
  const installation = installationOf(options.repo, options.installation);
  const registration = registrationOf(options, installation, workingCopy);
  assertFits(
    registration,
    options.registration ?? `${installation.gitops.registrations}/${registration.metadata.name}.yaml`,
  );
  const { authentik } = options;
  return { ...(await filePlan({ registration, installation, files: workingCopy, authentik })), workingCopy };
}

function registrationOf(
  { client, registration: file }: OfflineOptions,
  { gitops }: Installation,
  { read }: WorkingCopy,
): Registration {
  if (file !== undefined) return named(localRegistration(file), client, file);
  const found = registrationIn(client, gitops, read);
  if (found !== undefined) return named(found.registration, client, found.path);
  const [path] = registrationPaths(gitops, String(client));
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `the working copy has no ${path}`,
    remedy: 'Write it, or name a registration file with --file.',
  });
}

/** A client's own registration in a working copy; undefined where it has none. Throws `BadInput`. */
export function registrationIn(
  client: string | undefined,
  gitops: Installation['gitops'],
  read: WorkingCopy['read'],
): { readonly path: string; readonly registration: Registration } | undefined {
  for (const path of registrationPaths(gitops, String(client))) {
    const text = read(path);
    if (text !== undefined) return { path, registration: readRegistration(text, path) };
  }
  return undefined;
}

function named(registration: Registration, client: string | undefined, file: string): Registration {
  const { name } = registration.metadata;
  if (client === undefined || name === client) return registration;
  throw usage(
    `${file} registers client "${name}", not "${client}"`,
    'Name the file of that client, or leave the client out.',
  );
}
