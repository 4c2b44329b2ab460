import { secretMountOf } from '../../installation/secretDelivery.ts';
import type { Names } from '../../names/names.ts';
import type { Delivery } from './delivery.ts';

/** `delivery: file`: a file of the mounted Secret, which the kubelet refreshes. */
export function byFile({ secretKey }: Names, file: string): Delivery {
  const folder = file.slice(0, file.lastIndexOf('/'));
  return {
    source: file,
    label: `file ${file}`,
    yaml: `!File ${file}`,
    entry: { key: `item ${secretKey}`, label: `the item ${secretKey} in the volume of the Secret` },
    frozen: false,
    hint: ` See that ${file} is there in every worker and follows the Secret.`,
    // Where the Secret is mounted whole nothing names the key.
    entryIn(pod, container) {
      const mount = secretMountOf(pod, { container, folder });
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
