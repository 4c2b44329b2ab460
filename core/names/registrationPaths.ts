import type { Installation } from '../installation/installation.ts';

/** Where the registration file of a client may be, in the order in which it is looked for. */
export function registrationPaths(
  { gitops }: { gitops: Pick<Installation['gitops'], 'registrations'> },
  client: string,
): readonly string[] {
  return ['.yaml', '.yml'].map((suffix) => `${gitops.registrations}/${client}${suffix}`);
}
