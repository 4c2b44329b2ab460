import { isMapping } from '../../base/own.ts';
import { isMap, isScalar, parseDocument, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome, Splice } from '../yaml/edit.ts';
import { keyStart, lineStart, ownEnd, rangeOf } from '../yaml/positions.ts';
import { sameTask, saysWhatIsShown } from './sameTask.ts';
import { tasksOf, type Task, type TaskList } from './tasks.ts';
import { CannotEdit, dataOf } from '../yaml/yamlDocument.ts';
import { listIn } from '../yaml/listEntry.ts';
import { proven } from '../yaml/yamlSplice.ts';

/** Fields that a registration may leave out again; whatever else people have added is theirs. */
const REMOVABLE = new Set(['when', 'notify', 'become', 'owner', 'group']);

/**
 * Makes tasks that stand in a row say what others say, field by field: the lines of a field that is right keep their bytes.
 * `lines` are the wanted tasks as they would be written here. Throws {@link CannotEdit} where people have added a field of
 * their own.
 */
export function updateTasks(
  tasks: TaskList,
  index: number,
  lines: readonly string[],
  wanted: readonly Task[],
): EditOutcome {
  const source = lines.join('\n');
  const document = parseDocument(source, { logLevel: 'silent', keepSourceTokens: true });
  const asked = isSeq(document.contents) ? document.contents.items : [];
  const splices = wanted.flatMap((_, i) => {
    const [there, from] = [tasks.list.items[index + i], asked[i]];
    if (!isMap(there) || !isMap(from)) throw new CannotEdit('the tasks do not stand in a row');
    return mergeMap({ text: tasks.text, map: there }, { text: source, map: from });
  });
  const result = dataOf(tasks.documents);
  const list = listIn(result[tasks.documents.indexOf(tasks.document)], tasks.path) as Task[];
  for (const [i, task] of wanted.entries()) list[index + i] = mergedData(tasksOf(tasks)[index + i] ?? {}, task);
  return proven(tasks.text, splices, result);
}

/** The module whose options are people's too; those of the other modules are ours alone. */
const MERGED = 'template';

interface Side {
  readonly text: string;
  readonly map: YAMLMap;
}

function mergeMap(there: Side, asked: Side): readonly Splice[] {
  const splices: Splice[] = [];
  const { text } = there;
  for (const pair of there.map.items) {
    const field = nameOf(pair);
    if (saysWhatIsShown(field)) continue;
    const wanted = pairOf(asked.map, field);
    if (field === 'when' && !saysWhetherDefined(pair))
      throw new CannotEdit('its "when" asks for more than that a fact is defined, which the registration cannot say');
    if (wanted === undefined) {
      if (!REMOVABLE.has(field)) throw new CannotEdit(`it has ${field}, which the registration cannot say`);
      const start = lineStart(text, keyStart(pair));
      if (text.slice(start, keyStart(pair)).trim() !== '')
        throw new CannotEdit(`${field} stands on the line of its dash`);
      splices.push({ offset: start - 1, remove: text.slice(start - 1, ownEnd(text, nodeOf(pair))), insert: '' });
    } else if (!isLeft(wanted) && !samePair(pair, wanted)) splices.push(...replace(there, pair, asked, wanted));
  }
  const added = asked.map.items.filter(
    (pair) => pairOf(there.map, nameOf(pair)) === undefined && !saysWhatIsShown(nameOf(pair)),
  );
  const last = there.map.items.at(-1);
  if (added.length > 0 && last !== undefined) {
    const insert = added.map((pair) => `\n${linesOf(asked.text, pair)}`).join('');
    splices.push({ offset: ownEnd(text, nodeOf(last)), remove: '', insert });
  }
  return splices;
}

/** A registration knows one condition; what people have added to it is theirs. */
function saysWhetherDefined({ value }: Pair): boolean {
  const data: unknown = (value as Node | null)?.toJSON();
  const conditions: readonly unknown[] = Array.isArray(data) ? data : [data];
  return conditions.length === 1 && /^\s*\w+ is defined\s*$/.test(String(conditions[0]));
}

function replace(there: Side, pair: Pair, asked: Side, wanted: Pair): readonly Splice[] {
  if (short(nameOf(pair)) === MERGED && isMap(pair.value) && pair.value.flow !== true && isMap(wanted.value))
    return mergeMap({ text: there.text, map: pair.value }, { text: asked.text, map: wanted.value });
  const start = lineStart(there.text, keyStart(pair));
  const end = ownEnd(there.text, nodeOf(pair));
  if (there.text.slice(start, keyStart(pair)).trim() === '')
    return [{ offset: start, remove: there.text.slice(start, end), insert: linesOf(asked.text, wanted) }];
  // The first field, on the line of the dash.
  if (!isScalar(pair.value) || !isScalar(wanted.value)) throw new CannotEdit(`${nameOf(pair)} is no scalar`);
  const [from, to] = rangeOf(pair.value);
  const [wantedFrom, wantedTo] = rangeOf(wanted.value);
  return [{ offset: from, remove: there.text.slice(from, to), insert: asked.text.slice(wantedFrom, wantedTo) }];
}

function linesOf(text: string, pair: Pair): string {
  return text.slice(lineStart(text, keyStart(pair)), ownEnd(text, nodeOf(pair)));
}

/** `~`: whatever stands there. */
function isLeft({ value }: Pair): boolean {
  return isScalar(value) && value.value === null;
}

function samePair(one: Pair, other: Pair): boolean {
  const data = (pair: Pair): unknown => ({ [nameOf(pair)]: (pair.value as Node).toJSON() as unknown });
  return sameTask(data(one), data(other));
}

/** The merged task: wanted fields, under the names that stand there. */
function mergedData(found: Task, wanted: Task): Task {
  const rest = new Map(Object.entries(wanted).filter(([field]) => !saysWhatIsShown(field)));
  const kept: [string, unknown][] = [];
  for (const [field, value] of Object.entries(found)) {
    if (saysWhatIsShown(field)) {
      kept.push([field, value]);
      continue;
    }
    const asked = [...rest.keys()].find((each) => short(each) === short(field));
    if (asked === undefined) continue;
    const wants = rest.get(asked);
    rest.delete(asked);
    if (sameTask({ [field]: value }, { [asked]: wants })) kept.push([field, value]);
    else if (short(field) === MERGED && isMapping(value) && isMapping(wants))
      kept.push([field, mergedData(value, wants)]);
    else kept.push([isMapping(wants) || asked === field ? asked : field, wants]);
  }
  return Object.fromEntries([...kept, ...rest]);
}

function pairOf(map: YAMLMap, field: string): Pair | undefined {
  return map.items.find((pair) => short(nameOf(pair)) === short(field));
}

function nameOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

function short(field: string): string {
  return field.replace(/^ansible\.builtin\./, '');
}

function nodeOf(pair: Pair): Node {
  return (pair.value ?? pair.key) as Node;
}
