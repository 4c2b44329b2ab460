import type { Installation } from '../installation/installation.ts';

/** Where the registration file of a client may be, in the order in which it is looked for. */
export function registrationPaths(
  { registrations }: Pick<Installation['gitops'], 'registrations'>,
  client: string,
): readonly string[] {
  return ['yaml', 'yml'].map((ending) => `${registrations}/${client}.${ending}`);
}
