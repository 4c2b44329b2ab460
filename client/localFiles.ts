import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RegistrarError, type SystemName } from '../core/base/errors.ts';
import type { Installation } from '../core/installation/installation.ts';
import { readInstallation, readRegistration } from '../core/installation/readFiles.ts';
import type { Registration, RegistrationInput } from '../core/registration/registration.ts';
import { readYaml } from '../core/base/yamlFile.ts';

/** `registrar.yaml` as a person names it: by `--installation`, by REGISTRAR_CONFIG, or here. Throws `BadInput`. */
function localInstallation(file = process.env['REGISTRAR_CONFIG'] ?? 'registrar.yaml'): Installation {
  return readInstallation(
    readText(
      file,
      'registrar.yaml',
      'Name the working copy that has it with --repo, or the file with --installation or REGISTRAR_CONFIG; where there is none yet, oidc-registrar init writes it, as docs/how-to/first-client.md shows.',
    ),
    file,
  );
}

/** `registrar.yaml` of who works on a working copy: as {@link localInstallation}, but the copy's own before one that is here. */
export function installationOf(repo: string, file = process.env['REGISTRAR_CONFIG']): Installation {
  return localInstallation(file ?? ownOrHere(repo));
}

/** As {@link installationOf}, for who need not have one: undefined where nobody has named one, and none is there. */
export function installationIfAny(repo: string, file = process.env['REGISTRAR_CONFIG']): Installation | undefined {
  return file === undefined && !existsSync(ownOrHere(repo)) ? undefined : installationOf(repo, file);
}

function ownOrHere(repo: string): string {
  const own = path.join(repo, 'registrar.yaml');
  return existsSync(own) || !existsSync('registrar.yaml') ? own : 'registrar.yaml';
}

/** A registration file as a person names it. Throws `BadInput`. */
export function localRegistration(file: string): Registration {
  return readRegistration(registrationText(file), file);
}

/** A registration file as its author wrote it, for the input of a workflow; it has been checked. Throws `BadInput`. */
export function localRegistrationInput(file: string): RegistrationInput {
  const text = registrationText(file);
  readRegistration(text, file);
  return readYaml(text).data as RegistrationInput;
}

/** As the shell of Windows writes what a command prints. */
function notUtf8(system: SystemName, file: string): RegistrarError {
  const remedy = 'Save it as UTF-8.';
  return new RegistrarError({ system, kind: 'BadInput', message: `file ${file} is not UTF-8`, remedy });
}

const registrationText = (file: string): string =>
  readText(file, 'registration file', 'Name a file of kind OidcClient; see docs/reference/registration.md.');

function readText(file: string, system: SystemName, remedy: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw notUtf8(system, file);
    const message = code === 'ENOENT' ? `there is no file ${file}` : `file ${file} cannot be read (${code})`;
    throw new RegistrarError({ system, kind: 'BadInput', message, remedy });
  }
}
