import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { compare, ordered, plain, standardEntry, standardLines, type Env, type EnvEntry } from './envEntry.ts';
import { addValues, outermost, valuesOf } from './helmValues.ts';
import {
  addList,
  appendEntry,
  entriesOf,
  indexOfEntry,
  linesLike,
  removeEntry,
  removeList,
  type ListEdit,
} from '../yaml/listEntry.ts';
import { column, dashOf, keyStart, rangeOf } from '../yaml/positions.ts';
import { blockSeq, CannotEdit, documentOf, nodeOrAbsent, parse } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** Adds an env entry to the named container, or to a list of Helm values, as the last one and after the style of one that reads a Secret too. */
export function addEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return guarded(
    () => standardLines(wanted, 12).join('\n'),
    () => {
      const container = holderOf(text, wanted);
      const absent = firstAbsent(container);
      if (absent !== undefined)
        return wanted.valuesPath === undefined ? addEnv(container, wanted) : addValues(container, absent, wanted);
      const edit = open(container);
      const found = entriesOf(edit)[indexOfEntry(edit, 'name', wanted.envVar)];
      if (found !== undefined) return compare(text, found as Env, wanted);
      const neighbour = edit.list.items.findLast((item): item is YAMLMap => isMap(item) && plain(item.toJSON() as Env));
      const values = new Map([
        [['name'], wanted.envVar],
        [['valueFrom', 'secretKeyRef', 'name'], wanted.secretName],
        [['valueFrom', 'secretKeyRef', 'key'], wanted.secretKey],
      ]);
      const copied = neighbour === undefined ? undefined : linesLike(text, neighbour, values);
      const lines = copied ?? standardLines(wanted, column(text, dashOf(text, edit.list.items.at(-1))));
      return appendEntry(edit, lines, ordered(neighbour, copied !== undefined, wanted));
    },
  );
}

/** Takes the entry out again, if it is unchanged. */
export function removeEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return guarded('', () => {
    const container = holderOf(text, wanted);
    if (container.document.getIn(container.path) === undefined) return { kind: 'alreadyThere', text };
    const edit = open(container);
    const index = indexOfEntry(edit, 'name', wanted.envVar);
    const found = entriesOf(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found as Env, wanted);
    if (same.kind !== 'alreadyThere') return same;
    return edit.list.items.length === 1 ? removeList(outermost(edit, wanted)) : removeEntry(edit, index);
  });
}

function holderOf(text: string, wanted: EnvEntry): Container {
  return wanted.valuesPath === undefined ? containerOf(text, wanted) : valuesOf(text, wanted.valuesPath);
}

/** How many keys of the path lead to the first that is not there; undefined where all are. */
function firstAbsent({ document, path }: Container): number | undefined {
  const from = typeof path.at(-2) === 'number' ? path.length : 1;
  for (let length = from; length <= path.length; length += 1)
    if (nodeOrAbsent(document, path.slice(0, length)).absent) return length;
  return undefined;
}

type Container = Omit<ListEdit, 'list'>;

function containerOf(text: string, wanted: EnvEntry): Container {
  const documents = parse(text);
  const document = documentOf(documents, 'Deployment', wanted.name);
  const containers = document.getIn(['spec', 'template', 'spec', 'containers'], true);
  if (!isSeq(containers)) throw new CannotEdit('the Deployment has no list of containers');
  const index = containers.items.findIndex((item) => isMap(item) && item.get('name') === wanted.container);
  if (index < 0) {
    const names = containers.items.map((item) => (isMap(item) ? String(item.get('name')) : '?'));
    throw new CannotEdit(`the Deployment has no container ${wanted.container} (there are: ${names.join(', ')})`);
  }
  return { text, documents, document, path: ['spec', 'template', 'spec', 'containers', index, 'env'] };
}

function open(container: Container): ListEdit {
  return { ...container, list: blockSeq(container.document, container.path) };
}

/** What people write above `env`, the nearest first. */
const ABOVE_ENV = ['envFrom', 'args', 'command', 'imagePullPolicy', 'image', 'name'];

/** Makes the list, indented as that of the containers is. */
function addEnv(container: Container, wanted: EnvEntry): EditOutcome {
  const { text, document, path } = container;
  const map = document.getIn(path.slice(0, -1), true) as YAMLMap;
  const pairs = ABOVE_ENV.flatMap((key) => map.items.filter((item) => isScalar(item.key) && item.key.value === key));
  const [below] = pairs;
  if (below === undefined) throw new CannotEdit('the container has no image');
  const spec = document.getIn(path.slice(0, -3), true) as YAMLMap;
  const list = spec.items.find((item) => isScalar(item.key) && item.key.value === 'containers') as Pair;
  const dash = column(text, dashOf(text, map));
  const indent = column(text, rangeOf(map)[0]);
  const step = dash - column(text, keyStart(list));
  const lines = [`${' '.repeat(indent)}env:`, ...standardLines(wanted, indent + Math.max(step, 0))];
  return addList(container, below, lines, [standardEntry(wanted)]);
}
