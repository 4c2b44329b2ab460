import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import { fewAtOnce } from '../../core/base/fewAtOnce.ts';
import { checkRegistration, readRegistration } from '../../core/installation/readFiles.ts';
import { registrationPaths } from '../../core/names/registrationPaths.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { RegisterInput } from '../../core/run/requests.ts';
import type { Deps } from '../deps.ts';
import type { FilesOf } from '../state/manifest.ts';

/** The registration of a run: inline in its input, or the client's file at the base commit. Throws `BadInput`. */
export async function loadRegistration(
  deps: Deps,
  input: RegisterInput,
  client: string,
  base: string,
): Promise<Registration> {
  if ('kind' in input) return checkRegistration(input, 'workflow input');
  for (const path of registrationPaths(deps.installation.gitops, client)) {
    const text = await deps.git.readFile(base, path);
    if (text !== undefined) return named(readRegistration(text, path), client, path);
  }
  throw await unknownClient(deps, client, base);
}

/**
 * The Schedule that a policy makes starts rotations by the client's name, and they read its file. A registration that came
 * inline has none: the first rotation would fail, months from now. Throws `BadInput`.
 */
export async function assertPolicyHasFile(
  deps: FilesOf,
  { metadata, spec }: Registration,
  commit: string,
): Promise<void> {
  if (spec.rotation === undefined) return;
  const { gitops } = deps.installation;
  const paths = registrationPaths(gitops, metadata.name);
  for (const path of paths) {
    if ((await deps.git.readFile(commit, path)) !== undefined) return;
  }
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `spec.rotation: the rotations that it schedules read ${paths[0]}, and ${gitops.branch} has no such file: the registration came with the input`,
    remedy: `Land the registration as ${paths[0]}, or take spec.rotation out of it.`,
  });
}

function named(registration: Registration, client: string, path: string): Registration {
  if (registration.metadata.name === client) return registration;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `${path}: metadata.name is "${registration.metadata.name}", but the file is that of "${client}"`,
    remedy: 'Give the file the name of its client, or the client the name of its file.',
  });
}

/** The refusal where no file is that of the client. `words`: what is said where none was deleted, either. */
export async function unknownClient(
  deps: Deps,
  client: string,
  base: string,
  words?: { readonly nor: string; readonly remedy: string },
): Promise<RegistrarError> {
  const { registrations, branch } = deps.installation.gitops;
  const files = await deps.git.listFiles(base, registrations);
  const known = files.map((path) => /([^/]+)\.ya?ml$/.exec(path)?.[1]).filter((name) => name !== undefined);
  const names = [...known.slice(0, 20), ...(known.length > 20 ? [`${known.length - 20} more`] : [])].join(', ');
  return new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `unknown client "${client}": ${branch} has no ${registrations}/${client}.yaml${words?.nor ?? ''} (known: ${names || 'none'})`,
    remedy:
      words?.remedy ??
      `Write the registration as ${registrations}/${client}.yaml and land it on ${branch}, or start with another client.`,
  });
}

/** Files that are read at a time. */
const FILES_AT_ONCE = 8;

interface Readable {
  readonly installation: Deps['installation'];
  readonly git: Pick<Deps['git'], 'readFile' | 'listFiles'>;
}

/** Path and text of each registration file, in the order in which Git lists them. */
export async function registrationTexts(
  deps: Readable,
  commit: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const files = await deps.git.listFiles(commit, deps.installation.gitops.registrations);
  const paths = files.filter((path) => /\.ya?ml$/.test(path));
  return fewAtOnce(paths, FILES_AT_ONCE, async (path) => ({
    path,
    text: (await deps.git.readFile(commit, path)) ?? '',
  }));
}

/** A file that cannot be read asks for nothing yet. */
export async function otherRegistrations(
  deps: Readable,
  client: string,
  base: string,
): Promise<readonly Registration[]> {
  const texts = await registrationTexts(deps, base);
  const found = await Promise.all(
    texts.map(async ({ path, text }) => unlessRefused(async () => readRegistration(text, path))),
  );
  return found.flatMap((each) => (each === undefined || each.metadata.name === client ? [] : [each]));
}
