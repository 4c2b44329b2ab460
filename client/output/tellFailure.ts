import { asTyped } from '../asTyped.ts';
import { failureOf, failureText } from './failure.ts';

/** Tells how a run failed: for a person on stderr, with `json` on stdout. */
export function tellFailure(error: unknown, json: boolean, client?: string): void {
  if (json) process.stdout.write(`${JSON.stringify({ client, ...failureOf(error, client) }, null, 2)}\n`);
  else process.stderr.write(asTyped(`${failureText(error, client)}\n`));
}
