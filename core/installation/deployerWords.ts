import type { SystemName } from '../base/errors.ts';
import type { Installation } from './installation.ts';

/** Who deploys, and what that one does, for people. */
export function deployerWords({ authentik }: Installation): { readonly system: SystemName; readonly deploy: string } {
  switch (authentik.deployBy) {
    case 'argocd':
      return { system: 'Argo CD', deploy: `sync by Application ${authentik.application}` };
    case 'external':
      return { system: 'Kubernetes', deploy: 'wait until somebody deploys' };
  }
}
