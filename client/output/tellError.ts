import { asTyped } from '../asTyped.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { failureOf, failureText } from './failure.ts';
import { onLines } from './problems.ts';

/** Tells what a command could not do: for a person on stderr, with `json` on stdout. A defect is told with its place. */
export function tellError(error: unknown, json: boolean): void {
  if (!(error instanceof RegistrarError)) {
    if (json) print({ kind: 'Unexpected', message: String(error) });
    process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
    return;
  }
  const { system, kind, message, remedy } = error;
  if (json) print({ system, kind, message, remedy });
  else process.stderr.write(asTyped(`${onLines(`${system}: ${message}`)}\n${remedy}\n`));
}

/** Tells how a run failed, in the same way. */
export function tellFailure(error: unknown, json: boolean, client?: string): void {
  if (json) process.stdout.write(`${JSON.stringify({ client, ...failureOf(error) }, null, 2)}\n`);
  else process.stderr.write(asTyped(`${failureText(error)}\n`));
}

function print(error: object): void {
  process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
}
