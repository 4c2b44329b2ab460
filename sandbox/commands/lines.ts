import { asTyped } from '../../client/asTyped.ts';

export type Say = (text: string) => void;

/** Takes lines for people: beside the outcome where a program reads that. */
export function sayOf({ json }: { readonly json: boolean }): Say {
  const stream = json ? process.stderr : process.stdout;
  return (text) => void stream.write(`${asTyped(text)}\n`);
}

/** Prints the outcome for a program. */
export function tell(data: object): void {
  process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
}
