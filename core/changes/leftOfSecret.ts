import { deliveryOf } from '../kubernetes/delivery.ts';
import { isPublic } from '../names/delivered.ts';
import { deliveryEdits } from './deliveryEdits.ts';
import type { ChangeInput } from './fileEdit.ts';

/**
 * What people's files still bring to Authentik's worker for a public client, which had a secret before: a sentence each. Nothing reads
 * it any more, but a worker that lacks a key which it names does not start, and neither does the refresh of the others; so the job
 * leaves it, and a person takes it out in this order. Pure.
 */
export function leftOfSecret({ names, ...input }: ChangeInput): readonly string[] {
  if (!isPublic(names)) return [];
  const { public: _public, ...before } = names;
  const labels = { deployment: deliveryOf(before).label, externalSecret: `the entry ${before.secretKey}` };
  return deliveryEdits({ ...input, names: before })
    .toReversed()
    .flatMap((edit) => {
      const text = input.read(edit.path);
      const stands = text !== undefined && ['alreadyThere', 'different'].includes(edit.add(text).kind);
      const place = edit.entry.place as keyof typeof labels;
      return stands ? [`${edit.path}: ${labels[place]} is left of a secret that the client no longer has`] : [];
    });
}

/** The files that {@link leftOfSecret} reads. */
export function filesOfSecret({ installation }: Pick<ChangeInput, 'installation'>): readonly string[] {
  const { externalSecret, deployment } = installation.authentik;
  return [...new Set([externalSecret.file, deployment.file])];
}
