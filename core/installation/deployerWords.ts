import type { SystemName } from '../base/errors.ts';
import type { Installation } from './installation.ts';
import { turnPlace } from './turnPlace.ts';

/** Who deploys, and what that one does, for people. */
export function deployerWords(installation: Installation): { readonly system: SystemName; readonly deploy: string } {
  switch (installation.authentik.deployBy) {
    case 'argocd':
      return { system: 'Argo CD', deploy: `sync by Application ${turnPlace(installation).name}` };
    case 'external':
      return { system: 'Kubernetes', deploy: 'wait until somebody deploys' };
  }
}
