import { secretMountOf } from '../installation/secretDelivery.ts';
import type { Kept } from '../names/delivered.ts';

/** What of a pod template tells how a secret comes into a container. */
export interface PodTemplate {
  containers?: { name?: string; env?: { name?: string }[] }[];
  volumes?: { secret?: { items?: { key?: string }[] } }[];
}

/** How a value of one client reaches Authentik's worker (`authentik.delivery`), and what follows from it. */
interface Delivery {
  /** The variable's name, or the file's path. */
  readonly source: string;
  /** What `source` names, for people. */
  readonly label: string;
  /** What `source` names, as a value of a blueprint. */
  readonly yaml: string;
  /** Our entry in a Deployment, for people. */
  readonly entry: string;
  /** A container has it as it was when its pod started, so that a new value needs new pods. */
  readonly frozen: boolean;
  /** Our entry in a pod template; undefined where it holds none, or needs none. */
  entryIn(pod: PodTemplate, container: string): unknown;
  takeFrom(pod: PodTemplate): void;
  /** Where people find our entry in a Deployment. */
  path(container: string): string;
}

/** How the value of these names reaches Authentik's worker. */
export function deliveryOf(names: Kept): Delivery {
  return names.secretFile === undefined ? byEnv(names) : byFile(names, names.secretFile);
}

function byEnv({ envVar }: Kept): Delivery {
  return {
    source: envVar,
    label: `variable ${envVar}`,
    yaml: `!Env ${envVar}`,
    entry: `the variable ${envVar}`,
    frozen: true,
    entryIn: ({ containers }, container) =>
      containers?.find(({ name }) => name === container)?.env?.find(({ name }) => name === envVar),
    takeFrom({ containers = [] }) {
      for (const each of containers) each.env &&= each.env.filter(({ name }) => name !== envVar);
    },
    path: (container) => `/spec/template/spec/containers/${container}/env/${envVar}`,
  };
}

/** A file of the mounted Secret, which the kubelet refreshes. */
function byFile({ secretKey }: Kept, file: string): Delivery {
  return {
    source: file,
    label: `file ${file}`,
    yaml: `!File ${file}`,
    entry: `the item ${secretKey} in the volume of the Secret`,
    frozen: false,
    // Where the Secret is mounted whole nothing names the key.
    entryIn(pod, container) {
      const mount = secretMountOf(pod, { container, folder: file.slice(0, file.lastIndexOf('/')) });
      return mount.kind === 'items' ? mount.items.find(({ key }) => key === secretKey) : undefined;
    },
    // By whichever container: no other Secret has our key by right.
    takeFrom({ volumes = [] }) {
      for (const { secret } of volumes)
        if (secret?.items !== undefined) secret.items = secret.items.filter(({ key }) => key !== secretKey);
    },
    path: () => `/spec/template/spec/volumes, item ${secretKey}`,
  };
}
