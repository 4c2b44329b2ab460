import { isSeq, type Document } from 'yaml';
import { withoutDefaults } from '../../kubernetes/sameExternalSecret.ts';
import { secretInstead } from '../../kubernetes/otherSecrets.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { inObject } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf, parse } from '../yaml/yamlDocument.ts';

export interface SecretEntry {
  /** metadata.name of the ExternalSecret. */
  readonly name: string;
  readonly secretKey: string;
  /** `remoteRef.key`. */
  readonly remoteKey: string;
  /** `remoteRef.property`. */
  readonly property: string;
}

/**
 * The entry of `spec.data`. Defaults may be written out against drift; a version, another store or a decoding says more than
 * ours does.
 */
export const { add: addSecretEntry, remove: removeSecretEntry } = listEditor<SecretEntry, unknown>({
  at: (text, { name }) => ({
    ...ofExternalSecret(text, name),
    // Without `dataFrom` the object asks for nothing yet, and is not ours to begin; and with no source at all, once our entry has
    // gone, the controller would leave every key in the Secret.
    below: (spec) => {
      const dataFrom = pairOf(spec, 'dataFrom');
      if (dataFrom === undefined || !isSeq(dataFrom.value) || dataFrom.value.items.length === 0) return undefined;
      return spec.items[spec.items.indexOf(dataFrom) - 1] ?? dataFrom;
    },
  }),
  key: 'secretKey',
  entry: ({ secretKey, remoteKey, property }) => ({ secretKey, remoteRef: { key: remoteKey, property } }),
  bare: withoutDefaults,
  quoted: ['key'],
  check: ({ document }, _, found) => {
    if (found === undefined) refuseTemplate(document);
  },
  byHand: { indent: 4 },
});

/** `spec.data` of the object. What stands there in its place is named: it may be another way of keeping secrets. */
function ofExternalSecret(text: string, name: string): ReturnType<typeof inObject> {
  try {
    return inObject(text, 'ExternalSecret', name, ['spec', 'data']);
  } catch (error) {
    const instead = error instanceof CannotEdit && error.code === 'noObject' ? secretInstead(text, name) : undefined;
    throw instead === undefined ? error : new CannotEdit(instead, 'noObject');
  }
}

/** `spec.target.name`, or the ExternalSecret's own name where absent; undefined where the file has no such object. */
export function targetSecretOf(text: string, name: string): string | undefined {
  for (const document of parse(text)) {
    if (document.getIn(['kind']) !== 'ExternalSecret' || document.getIn(['metadata', 'name']) !== name) continue;
    const target = document.getIn(['spec', 'target', 'name']);
    return typeof target === 'string' ? target : name;
  }
  return undefined;
}

/** A template that replaces the data lets only its own keys reach the Secret, so a new entry would never arrive. */
function refuseTemplate(document: Document.Parsed): void {
  const at = (...path: string[]): unknown => document.getIn(['spec', 'target', 'template', ...path]);
  const own = at('data') !== undefined || at('templateFrom') !== undefined;
  if (own && at('mergePolicy') !== 'Merge')
    throw new CannotEdit('its spec.target.template names the keys of the Secret, so the entry alone would not arrive');
}
