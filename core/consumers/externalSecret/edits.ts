import { consumerSecret } from '../../kubernetes/consumerSecret.ts';
import { addResource, removeResource } from '../../edits/kubernetes/kustomization.ts';
import {
  addOwnSecret,
  pointsElsewhere,
  removeOwnSecret,
  updateOwnSecret,
} from '../../edits/kubernetes/consumerExternalSecret.ts';
import type { ExternalSecretConsumer } from './schema.ts';
import { inFile, updates, type ChangeInput, type ConsumerEdit } from '../../changes/fileEdit.ts';

/** The file of the ExternalSecret, and the list that brings it into the Application. */
export function ownSecretEdits(
  consumer: ExternalSecretConsumer,
  { names, installation, before }: ChangeInput,
): readonly ConsumerEdit[] {
  const { file, kustomization, namespace } = consumer;
  const wanted = consumerSecret(consumer, names, installation);
  const pointed = pointsElsewhere(before?.(file), wanted);
  const secret = {
    place: 'consumerSecret',
    path: file,
    mayCreate: true,
    makeFirst: '',
    add: (text: string | undefined) => addOwnSecret(text, wanted),
    ...updates((text) => updateOwnSecret(text, wanted)),
    remove: (text: string) => removeOwnSecret(text, wanted, pointed),
  };
  if (kustomization === undefined) return [secret];
  const resource = file.slice(kustomization.lastIndexOf('/') + 1);
  const listed = inFile(kustomization, addResource, removeResource, { resource, namespace });
  const makeFirst = 'Correct kustomization in the registration, or leave it out where the folder has none.';
  return [secret, { ...listed, makeFirst, place: 'kustomization' }];
}
