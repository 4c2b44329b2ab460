import type { Rows } from './state.ts';
import type { Version } from './version.ts';

/** What Authentik's serializer says of a value. `index` names the element of a list, `inner` its field where it is an object. */
export interface Complaint {
  readonly words: string;
  readonly code: string;
  readonly index?: number;
  readonly inner?: string;
}

/** Looks at a value that is not null; undefined where it is well. */
type Check = (value: unknown, rows: Rows, version: Version) => Complaint | undefined;

/** A field that may be written. */
export interface Field {
  readonly check: Check;
  readonly nullable: boolean;
  /** Releases that have it; an older one ignores it in silence, like every name that it does not know. */
  readonly since?: (version: Version) => boolean;
}

const well: Check = () => undefined;

export function field(check: Check = well, more: Partial<Field> = {}): Field {
  return { check, nullable: false, ...more };
}

/** May be null. */
export function orNull(check: Check): Field {
  return field(check, { nullable: true });
}

/** Anything that is not empty. */
export const filled: Check = (value) =>
  value === '' ? { words: 'This field may not be blank.', code: 'blank' } : undefined;

export function atMost(characters: number): Check {
  const words = `Ensure this field has no more than ${characters} characters.`;
  return (value) => (String(value).length > characters ? { words, code: 'max_length' } : undefined);
}

/** The first complaint of several. */
export function both(...checks: readonly Check[]): Check {
  return (value, rows, version) => {
    for (const check of checks) {
      const complaint = check(value, rows, version);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  };
}

const TRUE_OR_FALSE = new Set([true, false, 'true', 'false', 'True', 'False', '1', '0', 1, 0]);

export const flag: Check = (value) =>
  TRUE_OR_FALSE.has(value as string) ? undefined : { words: 'Must be a valid boolean.', code: 'invalid' };

export const whole: Check = (value) =>
  /^-?\d+$/.test(String(value)) ? undefined : { words: 'A valid integer is required.', code: 'invalid' };

export function oneOf(...names: readonly string[]): Check {
  return (value) => (names.includes(String(value)) ? undefined : noChoice(value));
}

function noChoice(value: unknown): Complaint {
  return { words: `"${String(value)}" is not a valid choice.`, code: 'invalid_choice' };
}

/** A list of choices. */
export function someOf(names: (version: Version) => readonly string[]): Check {
  return (value, _rows, version) => {
    const wrong = (value as unknown[]).findIndex((each) => !names(version).includes(String(each)));
    return wrong < 0 ? undefined : { ...noChoice((value as unknown[])[wrong]), index: wrong };
  };
}

const UNITS = new Set(['microseconds', 'milliseconds', 'seconds', 'minutes', 'hours', 'days', 'weeks']);

/** A length of time as `hours=1;minutes=2` (upstream: `authentik/lib/utils/time.py`). */
export const duration: Check = (value) => {
  if (value === '') return filled(value, {} as Rows, {} as Version);
  const parts = String(value).split(';');
  const isPart = (part: string): boolean => {
    const [, unit = ''] = /^\s*(\w+)\s*=\s*-?\d+(?:\.\d+)?\s*$/.exec(part) ?? [];
    return UNITS.has(unit.toLowerCase());
  };
  if (parts.every(isPart)) return undefined;
  return { words: `${String(value)} is not in the correct format of 'hours=3;minutes=1'.`, code: 'invalid' };
};

export const dateTime: Check = (value) =>
  Number.isNaN(Date.parse(String(value)))
    ? {
        words:
          'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].',
        code: 'invalid',
      }
    : undefined;

/** Empty, or an address with a scheme. */
export const address: Check = (value) =>
  value === '' || /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(String(value))
    ? undefined
    : { words: 'Enter a valid URL.', code: 'invalid' };

/** The key of a row that is only found, never written: a flow, a certificate, a scope mapping, a policy. */
export function keyOf(model: RegExp): Check {
  return (value, rows) =>
    rows.fixtures.some((row) => row.pk === value && model.test(row.model)) ? undefined : noObject(value);
}

export function noObject(pk: unknown): Complaint {
  return {
    words: `Invalid pk "${pk === null ? 'None' : String(pk)}" - object does not exist.`,
    code: 'does_not_exist',
  };
}

export function keysOf(model: RegExp): Check {
  const one = keyOf(model);
  return (value, rows, version) => {
    for (const each of value as unknown[]) {
      const complaint = each === null ? noObject(null) : one(each, rows, version);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  };
}
