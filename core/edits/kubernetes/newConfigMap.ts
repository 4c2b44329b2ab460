import { at, listOf } from '../../base/own.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { CannotEdit, parse } from '../yaml/yamlDocument.ts';
import { valuesOf } from './helmValues.ts';

/** The lines that bring a ConfigMap which is yet to be made to Authentik's worker: in a kustomization, and in values of its chart. */

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

function withoutDot(file: string): string {
  return file.replace(/^(\.\/)+/, '');
}
