import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { CannotEdit, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { parseBlueprint, readSection } from './blueprintSection.ts';
import { Reader, type RawEntry } from './sectionData.ts';
import { resolved } from './tagMeaning.ts';

/** An entry of a section that may hold what the job does not follow. */
export interface LooseEntry {
  /** Key of its section. */
  readonly section: string;
  readonly model: string;
  /** What could be read of it, references resolved. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Why the section that it stands in cannot be edited, as a part of a sentence. */
  readonly problem?: string;
}

/**
 * The entries of a section, for one who asks what stands there and changes nothing: where the section as a whole cannot be
 * edited (`reason`), what can be read of each entry all the same.
 */
export function looseEntries(
  section: string,
  text: string,
): { readonly entries: readonly LooseEntry[]; readonly reason?: string } {
  try {
    const entries = readSection(text).entries.map(({ model, values, unclear }) => ({
      section,
      model,
      values,
      ...(unclear === undefined ? {} : { problem: `section ${section}: ${unclear}` }),
    }));
    return { entries };
  } catch (error) {
    if (!(error instanceof CannotEdit)) throw error;
    const problem = `section ${section}: ${error.message}`;
    const entries = partsOf(text).map(({ model, values }) => ({ section, model, values, problem }));
    return { entries, reason: error.message };
  }
}

function partsOf(text: string): readonly Pick<LooseEntry, 'model' | 'values'>[] {
  const document = parseBlueprint(text);
  const root = document.contents;
  const list = document.errors.length === 0 && isMap(root) ? root.get('entries', true) : undefined;
  const nodes = isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
  const data = new Reader(document);
  const raw = nodes.map((node): RawEntry => {
    const { model, id } = fieldsOf(data, node);
    const part = (name: string) => {
      const found = node.get(name, true);
      return isMap(found) ? fieldsOf(data, found) : {};
    };
    return {
      model: String(model),
      node,
      id: id === undefined || id === null ? undefined : String(id),
      merged: { ...part('attrs'), ...part('identifiers') },
    };
  });
  return raw.map(({ model, merged }) => ({
    model,
    values: resolved(merged, { entries: raw }) as Readonly<Record<string, unknown>>,
  }));
}

/** The fields of a mapping that can be read. */
function fieldsOf(data: Reader, map: YAMLMap): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    map.items.flatMap(({ key, value }) => {
      const read = isScalar(key) ? undefinedIfUneditable(() => data.plain(value)) : undefined;
      return read === undefined ? [] : [[String((key as { value: unknown }).value), read]];
    }),
  );
}
