import type { Complaint, Field } from './fields.ts';
import type { Rows } from './state.ts';
import type { Version } from './version.ts';

interface FieldError {
  readonly words: string;
  readonly code: string;
  /** Of the element, in a list. */
  readonly index: number | undefined;
  /** Of the element, where it is an object. */
  readonly inner: string | undefined;
}

/** What a serializer of Authentik says about the fields. */
export class FieldErrors {
  readonly #errors = new Map<string, FieldError>();

  get any(): boolean {
    return this.#errors.size > 0;
  }

  /** The first word about a field stands. `index` names the element of a list, `inner` its field where it is an object. */
  add(field: string, words: string, code: string, index?: number, inner?: string): void {
    if (this.#errors.has(field)) return;
    this.#errors.set(field, { words, code, index, inner });
  }

  require(values: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
    for (const field of fields) if (values[field] === undefined) this.add(field, 'This field is required.', 'required');
  }

  complain(field: string, { words, code, index, inner }: Complaint): void {
    this.add(field, words, code, index, inner);
  }

  /** As the API answers them. */
  asBody(): unknown {
    return Object.fromEntries([...this.#errors].map(([field, error]) => [field, inJson(error)]));
  }

  /** As a blueprint's task logs them, in Python's notation and in the order of the serializer's fields. */
  inOrder(fields: readonly string[]): string {
    const place = (field: string): number => (fields.includes(field) ? fields.indexOf(field) : fields.length);
    const entries = [...this.#errors].toSorted(([a], [b]) => place(a) - place(b));
    return `{${entries.map(([field, error]) => `'${field}': ${inPython(error)}`).join(', ')}}`;
  }
}

/** A list of objects has an empty one for each element that is well, a list of values an entry for the wrong one alone. */
function inJson({ words, index, inner }: FieldError): unknown {
  if (index === undefined) return [words];
  if (inner === undefined) return { [index]: [words] };
  return [...Array.from({ length: index }, () => ({})), { [inner]: [words] }];
}

function inPython({ words, code, index, inner }: FieldError): string {
  const quote = words.includes("'") ? '"' : "'";
  const detail = `[ErrorDetail(string=${quote}${words}${quote}, code='${code}')]`;
  if (inner !== undefined) return `[${'{}, '.repeat(index ?? 0)}{'${inner}': ${detail}}]`;
  return index === undefined ? detail : `{${index}: ${detail}}`;
}

export interface ModelRow {
  readonly pk: string | number;
}

export interface CheckContext {
  readonly rows: Rows;
  readonly existing: ModelRow | undefined;
  readonly errors: FieldErrors;
  readonly version: Version;
}

/** A model that blueprints write: its rows, and what its serializer demands. */
export interface Model {
  readonly table: (rows: Rows) => ModelRow[];
  readonly create: (rows: Rows) => ModelRow;
  readonly remove: (rows: Rows, row: ModelRow) => void;
  readonly required: readonly string[];
  /** What may be written, in the order of the serializer, in which errors are listed. */
  readonly fields: Readonly<Record<string, Field>>;
  /** What takes more than one field, or other rows. */
  readonly check: (values: Readonly<Record<string, unknown>>, context: CheckContext) => void;
  /** What is written instead, with what that asks for beside it. */
  readonly prepare?: (values: Values, context: Omit<CheckContext, 'errors'>) => Values;
}

type Values = Readonly<Record<string, unknown>>;

/** What is wrong with these values for a new row, or for a change of an existing one. */
export function checkValues(
  model: Model,
  values: Values,
  { rows, existing, version }: Omit<CheckContext, 'errors'>,
): FieldErrors {
  const errors = new FieldErrors();
  if (existing === undefined) errors.require(values, model.required);
  for (const [name, field] of knownFields(model, version)) {
    const value = values[name];
    if (value === undefined || (value === null && field.nullable)) continue;
    const complaint = value === null ? NO_NULL : field.check(value, rows, version);
    if (complaint !== undefined) errors.complain(name, complaint);
  }
  model.check(values, { rows, existing, errors, version });
  return errors;
}

const NO_NULL: Complaint = { words: 'This field may not be null.', code: 'null' };

function knownFields(model: Model, version: Version): readonly (readonly [string, Field])[] {
  return Object.entries(model.fields).filter(([, field]) => field.since?.(version) ?? true);
}

/** Writes values that were checked. An unknown attribute is ignored in silence, as the real serializers do. */
export function writeValues(
  model: Model,
  values: Values,
  { rows, existing, version }: Omit<CheckContext, 'errors'>,
): ModelRow {
  const known = knownFields(model, version).filter(([name]) => values[name] !== undefined);
  const named = Object.fromEntries(known.map(([name]) => [name, values[name]]));
  const written = model.prepare?.(named, { rows, existing, version }) ?? named;
  const row = Object.assign(existing ?? model.create(rows), written);
  if (existing === undefined) model.table(rows).push(row);
  return row;
}
