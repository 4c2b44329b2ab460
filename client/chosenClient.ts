import type { RegistrationInput } from '../core/registration/registration.ts';
import { localRegistrationInput } from './localFiles.ts';
import { usage } from './usage.ts';

/** A client by its name, or by a registration file that is not in the repository. Throws `BadInput`. */
export function chosenClient(
  client: string | undefined,
  file: string | undefined,
): { readonly name: string; readonly registration?: RegistrationInput } {
  if (file === undefined) {
    if (client === undefined) throw usage('no client is named', 'Name a client, or a registration file (see --help).');
    return { name: client };
  }
  const registration = localRegistrationInput(file);
  const { name } = registration.metadata;
  if (client !== undefined && client !== name)
    throw usage(
      `${file} registers client "${name}", not "${client}"`,
      'Name the file of that client, or leave the client out.',
    );
  return { name, registration };
}
