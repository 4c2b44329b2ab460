import type { Environment } from '../../../core/kubernetes/containerEnvironment.ts';
import type { MountedMap } from '../../../core/kubernetes/blueprintMount.ts';

/** What runs Authentik's worker, and where Git says what it is given. */
export interface Worker {
  /** The Deployment, or the values of the chart that makes it. */
  readonly file: string;
  readonly name: string;
  readonly container: string;
  /** The list of variables, where `file` holds values. */
  readonly valuesPath?: string;
  /** As the manifest says it. */
  readonly namespace?: string | undefined;
  /** The HelmRelease of Flux, as name or namespace/name. */
  readonly helmRelease?: string;
  /** The file of the HelmRelease, and where its chart comes from, as a file of its own tells it. */
  readonly releaseFile?: string;
  /** The Application of Argo CD that brings the chart. */
  readonly application?: string;
  /** Argo CD's own manifest holds the values: whoever deploys that comes first. */
  readonly inApplication?: true;
  /** What is mounted below /blueprints; undefined where the file does not tell. */
  readonly mounts: readonly MountedMap[] | undefined;
  readonly environment: Environment;
  /** Secrets that are mounted, by the folder. */
  readonly secretFolders: readonly { readonly secret: string; readonly folder: string }[];
  /** The Deployment is what Helm has rendered of values that are in Git, too, or elsewhere. */
  readonly isRendered?: boolean;
  /** Values of the chart, which may say at which address it is reached. */
  readonly values?: unknown;
}

/** Names of the Secrets from which a worker is given something. */
export function secretsOf({ environment, secretFolders }: Worker): readonly string[] {
  return [
    ...environment.env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...environment.envFrom.map(({ secretRef }) => secretRef?.name),
    ...secretFolders.map(({ secret }) => secret),
  ].filter((name): name is string => typeof name === 'string');
}
