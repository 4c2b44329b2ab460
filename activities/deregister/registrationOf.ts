import type { DeregisterInput } from '../../core/run/deregistration.ts';
import { checkRegistration, readRegistration } from '../../core/installation/readFiles.ts';
import { registrationPaths } from '../../core/names/registrationPaths.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Deps } from '../deps.ts';
import { loadRegistration, unknownClient } from '../branch/registrationFile.ts';
import { asksFor } from '../../core/changes/removals.ts';

export interface FoundRegistration {
  readonly registration: Registration;
  /** The file that goes with the change. */
  readonly file: string | undefined;
  /** A file of the client that asks for something else and so stays. */
  readonly otherFile: string | undefined;
}

/**
 * The registration that is to be taken out: inline in the input, or the client's file, or that file as it was before somebody
 * deleted it. Throws `BadInput` where there is none of them.
 */
export async function registrationOf(
  deps: Deps,
  input: DeregisterInput,
  client: string,
  base: string,
): Promise<FoundRegistration> {
  const paths = registrationPaths(deps.installation.gitops, client);
  const inline = inlineOf(input);
  for (const path of paths) {
    const text = await deps.git.readFile(base, path);
    if (text === undefined) continue;
    const registration =
      inline === undefined
        ? await loadRegistration(deps, { client }, client, base)
        : checkRegistration(inline, 'workflow input');
    const same = asksFor(text, path, registration);
    return { registration, file: same ? path : undefined, otherFile: same ? undefined : path };
  }
  if (inline !== undefined)
    return { registration: checkRegistration(inline, 'workflow input'), file: undefined, otherFile: undefined };
  for (const path of paths) {
    const text = await deps.git.deletedText(base, path);
    if (text !== undefined)
      return { registration: readRegistration(text, `${path} (deleted)`), file: undefined, otherFile: undefined };
  }
  throw await unknownClient(deps, client, base, {
    nor: ' and never had one',
    remedy: `Start with another client, or with {"registration":{…}}, the registration that ${client} was made from.`,
  });
}

function inlineOf(input: DeregisterInput): unknown {
  return 'kind' in input ? input : 'registration' in input ? input.registration : undefined;
}
