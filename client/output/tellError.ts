import { asTyped } from '../asTyped.ts';
import { RegistrarError, type ErrorKind, type SystemName } from '../../core/base/errors.ts';
import { onLines } from './problems.ts';

const DEFECT = 'If the systems are well, this is a defect of oidc-registrar; stderr names its place.';

/** Tells what a command could not do: for a person on stderr, with `json` on stdout. A defect is told with its place. */
export function tellError(error: unknown, json: boolean): void {
  if (!(error instanceof RegistrarError)) {
    if (json) tellAsData({ system: 'oidc-registrar', kind: 'Unexpected', message: String(error), remedy: DEFECT });
    process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
    return;
  }
  const { system, kind, message, remedy } = error;
  if (json) tellAsData({ system, kind, message, remedy });
  else process.stderr.write(asTyped(`${onLines(`${system}: ${message}`)}\n${remedy}\n`));
}

const SEE_HELP = 'See the options and examples with --help.';

/** Tells what of a command line is not understood, in the words of commander. */
export function tellUsage(text: string, json: boolean): void {
  if (!json) process.stderr.write(`${text}${SEE_HELP}\n`);
  else {
    const message = text.replace(/^error: /, '').trim();
    tellAsData({ system: 'oidc-registrar', kind: 'BadInput', message, remedy: SEE_HELP });
  }
}

/** A failure as data on stdout, with the same fields whatever failed. */
export function tellAsData(error: {
  readonly system: SystemName;
  readonly kind: ErrorKind | 'Unexpected' | 'Timeout';
  readonly message: string;
  readonly remedy: string;
}): void {
  process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
}
