import { jsonBytes, utf8Bytes } from '../base/bytes.ts';
import { type Fault, fieldOf } from '../base/faults.ts';
import type { Registration } from './registration.ts';

/**
 * Bytes of a registration as JSON. Its run carries it through Temporal's history, in other words several times more: as blueprint,
 * as record, as what is wanted of Authentik. Temporal takes 2 MB of one payload and 50 MB of a history.
 */
export const REGISTRATION_BYTES = 128 * 1024;

/** Service accounts of all groups together: a blueprint has two entries of each. */
export const ACCOUNTS = 200;

/**
 * What of a registration is more than a run can carry. It is asked of what is to be registered, not of what is read: what was
 * registered by other limits can still be checked, rotated, taken out, or changed into something smaller.
 */
export function tooMuch(registration: Registration): readonly Fault[] {
  const accounts = registration.spec.groups.flatMap(({ serviceAccounts }) => serviceAccounts).length;
  const bytes = jsonBytes(registration);
  return [
    ...(accounts > ACCOUNTS
      ? [
          {
            path: ['spec', 'groups'],
            message: `${accounts} service accounts are more than the ${ACCOUNTS} that one client may have: make the others a client of their own, or by hand`,
          },
        ]
      : []),
    ...(bytes > REGISTRATION_BYTES
      ? [
          {
            path: [],
            message: `the registration has ${bytes} bytes, and a run can carry ${REGISTRATION_BYTES}; the longest texts are ${longest(registration)}: bring such into the repository by hand, and keep them out of the registration`,
          },
        ]
      : []),
  ];
}

function longest(registration: Registration): string {
  return textsOf(registration, [])
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ path, bytes }) => `${fieldOf({ path, message: '' })} (${bytes})`)
    .join(', ');
}

interface Text {
  readonly path: readonly PropertyKey[];
  readonly bytes: number;
}

function textsOf(value: unknown, path: readonly PropertyKey[]): readonly Text[] {
  if (typeof value === 'string') return [{ path, bytes: utf8Bytes(value) }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? value.map((each: unknown, i) => [i, each] as const)
    : Object.entries(value);
  return entries.flatMap(([key, each]) => textsOf(each, [...path, key]));
}
