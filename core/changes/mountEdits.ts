import { addBlueprintItem, blueprintMountIn, removeBlueprintItem } from '../edits/kubernetes/blueprintItems.ts';
import { sectionsOfClient } from '../edits/blueprint/clientParts.ts';
import { makesOthers, scopeFor } from '../edits/blueprint/scopedSection.ts';
import { sectionsOf } from '../edits/blueprint/sectionSources.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import { inFile, type ChangeInput, type FileEdit } from './fileEdit.ts';

/**
 * The entry by which a volume that names its keys brings the client's section to the worker. A ConfigMap that is mounted whole brings
 * every section: then nothing is edited, and neither is the entry of a section that makes other clients, too. What cannot be read is refused by the other edits of that file, or is mounted elsewhere.
 */
export function mountEdits({ installation, names, registration, read }: ChangeInput): readonly FileEdit[] {
  const { blueprints, deployment } = installation.authentik;
  const { configMap, mountedAs } = blueprints;
  const text = read(deployment.file);
  return sectionsOfClient(names).flatMap(({ section: { blueprintKey: key }, index }): readonly FileEdit[] => {
    const item = { ...deployment, configMap, mountedAs, key };
    const mount = text === undefined ? undefined : undefinedIfUneditable(() => blueprintMountIn(text, item));
    if (mount === undefined || mount.kind === 'whole' || mount.kind === 'unknown') return [];
    const section = sectionsOf(installation, read).get(key) ?? '';
    const isOthers = makesOthers(section, scopeFor(names, registration));
    if (isOthers && text !== undefined && addBlueprintItem(text, item).kind === 'alreadyThere') return [];
    return [
      {
        ...inFile(deployment.file, addBlueprintItem, removeBlueprintItem, item),
        step: 'syncBlueprint',
        entry: { place: 'blueprintItem', ...(index === undefined ? {} : { index }) },
      },
    ];
  });
}
