import type { Rows } from './state.ts';

/** What a serializer of Authentik says about the fields, in Python's notation. */
export class FieldErrors {
  readonly #errors = new Map<string, string>();

  get any(): boolean {
    return this.#errors.size > 0;
  }

  /** The first word about a field stands. `index` names the element of a list. */
  add(field: string, words: string, code: string, index?: number): void {
    if (this.#errors.has(field)) return;
    const quote = words.includes("'") ? '"' : "'";
    const detail = `[ErrorDetail(string=${quote}${words}${quote}, code='${code}')]`;
    this.#errors.set(field, index === undefined ? detail : `{${index}: ${detail}}`);
  }

  require(values: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
    for (const field of fields) if (values[field] === undefined) this.add(field, 'This field is required.', 'required');
  }

  refuseNulls(values: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
    for (const field of fields) if (values[field] === null) this.add(field, 'This field may not be null.', 'null');
  }

  /** In the order of the serializer's fields. */
  inOrder(fields: readonly string[]): string {
    const place = (field: string): number => (fields.includes(field) ? fields.indexOf(field) : fields.length);
    const entries = [...this.#errors].toSorted(([a], [b]) => place(a) - place(b));
    return `{${entries.map(([field, detail]) => `'${field}': ${detail}`).join(', ')}}`;
  }
}

interface ModelRow {
  readonly pk: string | number;
}

export interface CheckContext {
  readonly rows: Rows;
  readonly existing: ModelRow | undefined;
  readonly errors: FieldErrors;
  readonly grantTypes: boolean;
}

/** A model that blueprints write: its rows, and what its serializer demands. */
export interface Model {
  readonly table: (rows: Rows) => ModelRow[];
  readonly create: (rows: Rows) => ModelRow;
  readonly remove: (rows: Rows, row: ModelRow) => void;
  readonly required: readonly string[];
  readonly notNull: readonly string[];
  /** Order in which errors are listed. */
  readonly fields: readonly string[];
  readonly check: (values: Readonly<Record<string, unknown>>, context: CheckContext) => void;
}
