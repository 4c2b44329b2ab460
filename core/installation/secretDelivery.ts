import type { BrokenRule } from './deployBy.ts';

/**
 * How the client secrets reach Authentik's worker. `env`: a variable of the container for each, frozen when a pod starts. `file`:
 * the Secret is mounted as a volume, which the kubelet refreshes, and the blueprint reads a file.
 */
export const DELIVERY = ['env', 'file'] as const;
type Delivery = (typeof DELIVERY)[number];

interface Parts {
  readonly authentik: { readonly delivery: Delivery; readonly secretFolder?: string | undefined };
}

/** What of the settings does not go together with `authentik.delivery`: nothing is ignored in silence. */
export function brokenDelivery({ authentik: { delivery, secretFolder } }: Parts): readonly BrokenRule[] {
  const path = ['authentik', 'secretFolder'];
  if (delivery === 'file' && secretFolder === undefined)
    return [
      {
        path,
        message:
          'is missing: the blueprints read the secrets from files (authentik.delivery: file). Name the folder at which the Secret is mounted in the container',
      },
    ];
  if (delivery === 'env' && secretFolder !== undefined)
    return [{ path, message: 'is not used: authentik.delivery is env. Remove it, or set delivery to file' }];
  return [];
}

export interface WantedMount {
  readonly container: string;
  /** Absolute path in the container, without a slash at its end. */
  readonly folder: string;
  /** Any Secret where undefined. */
  readonly secretName?: string;
}

interface Item {
  readonly key?: unknown;
  readonly path?: unknown;
}

interface PodSpec {
  readonly containers?: readonly {
    readonly name?: unknown;
    readonly volumeMounts?: readonly {
      readonly name?: unknown;
      readonly mountPath?: unknown;
      readonly subPath?: unknown;
      readonly subPathExpr?: unknown;
    }[];
  }[];
  readonly volumes?: readonly {
    readonly name?: unknown;
    readonly secret?: { readonly secretName?: unknown; readonly items?: readonly Item[] };
  }[];
}

/** What a container has of a Secret at a folder: every key; or those that the volume (by its place in the list) names; or nothing. */
export type SecretMount =
  | { readonly kind: 'whole' }
  | { readonly kind: 'items'; readonly volume: number; readonly items: readonly Item[] }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Reads the mount from a pod's spec. A mount with `subPath` is none: "A container using a Secret as a subPath volume mount does not
 * receive Secret updates" (Kubernetes documentation, "Secrets").
 */
export function secretMountOf(podSpec: unknown, { container, folder, secretName }: WantedMount): SecretMount {
  const { containers = [], volumes = [] } = (podSpec ?? {}) as PodSpec;
  const none = (why: string): SecretMount => ({ kind: 'none', why });
  const found = containers.find(({ name }) => name === container);
  if (found === undefined) return none(`it has no container ${container}`);
  const mount = found.volumeMounts?.find(({ mountPath }) => String(mountPath).replace(/\/+$/, '') === folder);
  if (mount === undefined) return none(`its container ${container} mounts nothing at ${folder}`);
  if (mount.subPath !== undefined || mount.subPathExpr !== undefined)
    return none(`its container ${container} mounts ${folder} with subPath, which the kubelet never refreshes`);
  const volume = volumes.findIndex(({ name }) => name === mount.name);
  const secret = volumes[volume]?.secret;
  if (secret === undefined) return none(`what its container ${container} mounts at ${folder} is no volume of a Secret`);
  if (secretName !== undefined && secret.secretName !== secretName)
    return none(
      `its container ${container} mounts Secret ${String(secret.secretName)} at ${folder}, not ${secretName}`,
    );
  return secret.items === undefined ? { kind: 'whole' } : { kind: 'items', volume, items: secret.items };
}

/** The lines of a Deployment that mount a whole Secret, for a person to add. */
export function linesToMount({ container, folder, secretName }: Required<WantedMount>): string {
  return [
    '      containers:',
    `        - name: ${container}`,
    '          volumeMounts:',
    '            - name: client-secrets',
    `              mountPath: ${folder}`,
    '              readOnly: true',
    '      volumes:',
    '        - name: client-secrets',
    '          secret:',
    `            secretName: ${secretName}`,
  ].join('\n');
}
