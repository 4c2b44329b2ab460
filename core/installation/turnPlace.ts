import type { Installation } from './installation.ts';

/** Where the Lease of a turn is kept: beside the Application. Without Argo CD no run takes a turn. */
export function turnPlace({ argocd, authentik }: Installation): {
  readonly cluster: string;
  readonly namespace: string;
} {
  return argocd ?? authentik;
}
