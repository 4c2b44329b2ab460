import { clientsIn } from '../../../core/edits/blueprint/clientsIn.ts';
import { looseEntries } from '../../../core/edits/blueprint/looseEntries.ts';
import { PROVIDER } from '../../../core/edits/blueprint/models.ts';
import { secretValue } from '../../../core/edits/blueprint/sectionFacts.ts';
import { fileIn, textOf, variableIn } from '../../../core/edits/blueprint/sectionValues.ts';
import { objectsIn } from '../../../core/kubernetes/manifests.ts';
import { at } from '../../../core/base/own.ts';
import { words } from '../tree.ts';
import type { Blueprints } from './blueprints.ts';

/** A client that stands in the blueprints, by the names that people gave it. */
export interface Standing {
  readonly slug: string;
  readonly displayName: string | undefined;
  /** Where its provider reads the secret. */
  readonly variable: string | undefined;
  readonly secretFile: string | undefined;
  /** Key and `metadata.name` of its section, where it has that for itself. */
  readonly section: { readonly key: string; readonly name: string | undefined } | undefined;
}

export function standingIn({ sections }: Pick<Blueprints, 'sections'>): readonly Standing[] {
  const { clients } = clientsIn(sections);
  const entries = [...sections].flatMap(([key, text]) => looseEntries(key, text).entries);
  const providers = entries.filter(({ model }) => model === PROVIDER);
  return clients.flatMap(({ slug, applicationName, providerName, sections: { application, provider } }) => {
    const values = providers.find((each) => textOf(each.values['name']) === providerName)?.values;
    if (slug === undefined || values === undefined || application === undefined) return [];
    const secret = secretValue(entries, values);
    const isAlone = clients.filter((each) => each.sections.application === application).length === 1;
    return [
      {
        slug,
        displayName: applicationName,
        variable: variableIn(secret),
        secretFile: fileIn(secret),
        section:
          isAlone && provider === application
            ? { key: application, name: blueprintName(sections.get(application) ?? '') }
            : undefined,
      },
    ];
  });
}

function blueprintName(text: string): string | undefined {
  return words(at(objectsIn(text)[0], 'metadata', 'name'));
}
