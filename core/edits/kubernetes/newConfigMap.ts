import { stringify } from 'yaml';
import { at, listOf } from '../../base/own.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { inObject } from '../yaml/listPlace.ts';
import { insertBelow, withKey } from '../yaml/newKey.ts';
import { column, keyStart } from '../yaml/positions.ts';
import { blockMap, CannotEdit, dataWith, parse } from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';
import { valuesOf } from './helmValues.ts';

/** The lines that bring a ConfigMap which is yet to be made to Authentik's worker: in a kustomization, in values of its chart, in its Deployment. */

/** A file among the `resources` of a kustomization, with `./` before it where the last one has that. */
export const { add: addResource } = listEditor<string, string>({
  at: (text) => {
    const documents = parse(text);
    const [document, ...others] = documents;
    if (document === undefined || others.length > 0) throw new CannotEdit('it is not a kustomization');
    return { text, documents, document, path: ['resources'] };
  },
  key: 'file',
  entry: (file, last = '') => (last.startsWith('./') ? `./${file}` : file),
  says: (entry) => ({ file: withoutDot(entry) }),
  byHand: { indent: 2, above: 'resources:' },
});

/** What a kustomization names under `resources`, without `./`. */
export function resourcesIn(kustomization: unknown): readonly string[] {
  return listOf(at(kustomization, 'resources')).map((each) => withoutDot(String(each)));
}

/** A ConfigMap that goauthentik's chart mounts, by the path of its `blueprints.configMaps` in the file. */
export const { add: addMountedConfigMap } = listEditor<
  { readonly listPath: string; readonly configMap: string },
  string
>({
  at: (text, { listPath }) => valuesOf(text, listPath),
  key: 'name',
  entry: ({ configMap }) => configMap,
  says: (name) => ({ name }),
  byHand: { indent: 4, above: 'blueprints:\n  configMaps:' },
});

/** A volume of a ConfigMap, and the container of the Deployment that has it below /blueprints, as a folder of the same name. */
interface Mounted {
  readonly name: string;
  readonly container: string;
  readonly configMap: string;
}

const POD = ['spec', 'template', 'spec'];

const volumes = listEditor<Mounted, { readonly name?: unknown; readonly configMap?: unknown }>({
  at: (text, { name }) => inObject(text, 'Deployment', name, [...POD, 'volumes']),
  key: 'name',
  entry: ({ configMap }) => ({ name: configMap, configMap: { name: configMap } }),
  byHand: { indent: 8, above: '      volumes:' },
});

const mounts = listEditor<Mounted, { readonly name?: unknown; readonly mountPath?: unknown }>({
  at(text, { name, container }) {
    const { document } = inObject(text, 'Deployment', name, POD);
    const index = listOf(at(document.toJS(), ...POD, 'containers')).findIndex((each) => at(each, 'name') === container);
    return inObject(text, 'Deployment', name, [...POD, 'containers', index, 'volumeMounts']);
  },
  key: 'name',
  entry: ({ configMap }) => ({ name: configMap, mountPath: `/blueprints/${configMap}` }),
  byHand: { indent: 12, above: '          volumeMounts:' },
});

/** A ConfigMap that the Deployment of a file mounts below /blueprints. */
export function addVolume(text: string, wanted: Mounted): EditOutcome {
  const made = volumes.add(text, wanted);
  return made.kind === 'changed' ? mounts.add(made.text, wanted) : made;
}

/** A ConfigMap that a container of app-template has below /blueprints, by the path of its variables. */
export function addPersistence(text: string, valuesPath: string, configMap: string): EditOutcome {
  const way = valuesPath.split('.');
  const [controller = '', , container = ''] = way.slice(-4);
  const mount = { path: `/blueprints/${configMap}` };
  const item = { type: 'configMap', name: configMap, advancedMounts: { [controller]: { [container]: [mount] } } };
  const lines = (indent: string): readonly string[] =>
    stringify({ [configMap]: item })
      .trimEnd()
      .split('\n')
      .map((line) => indent + line);
  return guarded(
    () => ['persistence:', ...lines('  ')].join('\n'),
    () => {
      const { document, documents, path } = valuesOf(text, [...way.slice(0, -5), 'persistence'].join('.'));
      const map = blockMap(document, path);
      const last = map.items.at(-1);
      if (last === undefined) throw new CannotEdit('persistence is empty');
      const indent = ' '.repeat(column(text, keyStart(last)));
      const result = dataWith(documents, document, path, (old) => withKey(old, configMap, item, { below: last }));
      return proven(text, [insertBelow(text, last, lines(indent), false)], result);
    },
  );
}

function withoutDot(file: string): string {
  return file.replace(/^(\.\/)+/, '');
}
