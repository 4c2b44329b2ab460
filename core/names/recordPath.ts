import type { Installation } from '../installation/installation.ts';
import { RECORD_SUFFIX } from '../registration/schemaParts.ts';

/** No worker reads a file of this name as a registration, and neither kustomize nor Argo CD as a manifest. */
export function recordPath({ gitops }: Pick<Installation, 'gitops'>, client: string): string {
  return `${gitops.registrations}/${client}${RECORD_SUFFIX}`;
}
