import { at } from '../../base/own.ts';
import { blueprintMountOf, type BlueprintMount } from '../../kubernetes/blueprintMount.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { CannotEdit, plainData } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';
import { itemEditor } from './volumeItems.ts';
import { workerFile, type WorkerPlace } from './workerFile.ts';

/** A key of the ConfigMap of blueprints that a volume of the worker has to name. */
export interface BlueprintItem extends WorkerPlace {
  readonly configMap: string;
  /** Folder below /blueprints. */
  readonly mountedAs: string;
  /** Key of the ConfigMap, and name of its file in the folder. */
  readonly key: string;
}

/** How the worker of a file mounts the ConfigMap. Throws {@link CannotEdit} where the file holds no such Deployment or values. */
export function blueprintMountIn(text: string, wanted: BlueprintItem): BlueprintMount {
  const { configMap, mountedAs } = wanted;
  const folder = `/blueprints/${mountedAs}`;
  const file = workerFile(wanted);
  const data = plainData(file.document(text).document);
  const mount = blueprintMountOf(data, file.mounts(data), configMap, folder);
  const { root } = file;
  const listed = root === undefined ? undefined : at(data, ...root, 'blueprints', 'configMaps');
  // goauthentik's chart mounts what is listed there so (its templates/worker/deployment.yaml).
  if (mount.kind === 'whole' || mount.kind === 'items') return mount;
  if (!Array.isArray(listed)) return mount;
  const byChart = `mounted/cm-${configMap}`;
  const isListed = listed.includes(configMap);
  const list = [...(root ?? []), 'blueprints.configMaps'].join('.');
  if (mountedAs === byChart)
    return isListed ? { kind: 'whole' } : { kind: 'none', why: `its ${list} does not name ConfigMap ${configMap}` };
  if (!isListed) return mount;
  return {
    kind: 'none',
    why: `its ${list} mounts ConfigMap ${configMap} at /blueprints/${byChart}, not at ${folder}`,
    remedy: `Set authentik.blueprints.mountedAs in registrar.yaml to ${byChart}.`,
  };
}

const item = itemEditor<BlueprintItem>((text, wanted) => {
  const mount = blueprintMountIn(text, wanted);
  return { ...workerFile(wanted).document(text), path: mount.kind === 'items' ? mount.path : [] };
});

/** Adds the key to the items of the volume. Where every key is mounted, or the file does not tell, nothing is needed. */
export function addBlueprintItem(text: string, wanted: BlueprintItem): EditOutcome {
  return guarded(
    () => byHand(wanted),
    () => {
      const mount = blueprintMountIn(text, wanted);
      if (mount.kind === 'none')
        throw new CannotEdit(`${wanted.key} would never be mounted: ${mount.why}`, undefined, mount.remedy);
      return mount.kind === 'items' ? item.add(text, wanted) : { kind: 'alreadyThere', text };
    },
  );
}

/** Takes the item out again, if it is unchanged. */
export function removeBlueprintItem(text: string, wanted: BlueprintItem): EditOutcome {
  return guarded('', () =>
    blueprintMountIn(text, wanted).kind === 'items' ? item.remove(text, wanted) : { kind: 'alreadyThere', text },
  );
}

function byHand(wanted: BlueprintItem): string {
  const { configMap, mountedAs } = wanted;
  if (workerFile(wanted).root !== undefined && mountedAs === `mounted/cm-${configMap}`)
    return ['blueprints:', '  configMaps:', `    - ${configMap}`].join('\n');
  return [
    'volumeMounts:',
    '  - name: blueprints',
    `    mountPath: /blueprints/${mountedAs}`,
    'volumes:',
    '  - name: blueprints',
    '    configMap:',
    `      name: ${configMap}`,
  ].join('\n');
}
