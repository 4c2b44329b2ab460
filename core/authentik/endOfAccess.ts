import { own } from '../base/own.ts';
import { RegistrarError } from '../base/errors.ts';
import { enumerated } from '../base/words.ts';
import { boundBy, boundLabel } from '../registration/boundTo.ts';
import type { Registration } from '../registration/registration.ts';
import { hasSince } from './releases.ts';

type Access = Registration['spec']['access'];

/** An instant as ISO 8601 in UTC; null: access does not end. */
export type End = string | null;

/** Whom a binding lets in, and until when. */
interface BoundEnd {
  readonly group: string;
  readonly until?: End | undefined;
}

/** When a registration has the access of what it binds end, by its {@link boundLabel}; undefined where it leaves that alone. */
export function endAsked(access: Access, bound: string): End | undefined {
  const until = 'groups' in access ? own(access.until ?? {}, bound) : undefined;
  if (until === undefined) return undefined;
  return until === 'never' ? null : instantOf(until);
}

/** Whether a registration has the access of a group end later than it does by all of its bindings that stand, or no more. */
export function outlasts(
  access: Access,
  group: string,
  bindings: readonly { readonly group: string; readonly until: End | undefined }[],
): boolean {
  const asked = endAsked(access, group);
  const ends = bindings.filter((each) => each.group === group).map(({ until }) => until);
  if (asked === undefined || ends.length === 0 || ends.includes(null)) return false;
  return asked === null || !ends.some((end) => typeof end === 'string' && Date.parse(asked) <= Date.parse(end));
}

/** A date and time that was checked before, in one form, so that texts can be compared. */
export function instantOf(text: string): string {
  return new Date(text).toISOString().replace('.000Z', 'Z');
}

/** Whether a text is a date and time with an offset, in the form that `instantOf` makes. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

export function endInWords(end: End | undefined): string {
  if (end === undefined) return 'ends at a time that Authentik does not tell';
  return end === null ? 'does not end' : `ends on ${end}`;
}

/** The words of access whose end is not as asked, by which a failure of the read-back tells what to do. */
export const OTHER_END = 'is asked to be one that';

/** What is said where every binding of an application ends: what becomes of one that has ended is not known of any release. */
export const OPEN_AT_THE_END =
  'Authentik may delete a binding that has ended, and an application without one is open to everyone: bind one group whose access does not end';

/** Whether a registration has the access of all whom it lets in end. */
export function allEnd(access: Access): boolean {
  const bound = boundBy(access);
  return bound.length > 0 && bound.every((each) => typeof endAsked(access, boundLabel(each)) === 'string');
}

/** What the API of the releases says that have such ends at all; what a blueprint may do nobody has tried. */
const ONLY_READ = 'the schema of Authentik\'s API only reads "expires" of a binding, so a blueprint may not write it';

/** A warning where an end is asked for that does not stand yet: Authentik may not take it. Pure. */
export function untakenEnds(asked: readonly BoundEnd[], standing: readonly BoundEnd[]): readonly string[] {
  const unsure = asked.filter(
    ({ group, until }) =>
      until !== undefined && !standing.some((each) => each.group === group && (each.until ?? null) === until),
  );
  if (unsure.length === 0) return [];
  const whose = enumerated(unsure.map(({ group }) => group));
  return [
    `spec.access.until of ${whose}: ${ONLY_READ}; where it does not, the read-back fails and the run is taken back whole`,
  ];
}

/** Warnings of a registration that has access end. Throws `Refused` where the release of Authentik cannot. */
export function endWarnings({ spec }: Registration, authentikVersion: string): readonly string[] {
  const { access } = spec;
  if (!('groups' in access) || access.until === undefined) return [];
  if (!hasSince('endingBindings', authentikVersion))
    throw new RegistrarError({
      system: 'Authentik',
      kind: 'Refused',
      message: `spec.access.until: a policy binding of Authentik ${authentikVersion} cannot end; those of 2026.8 and later can`,
      remedy: 'Take "until" out of spec.access, or upgrade Authentik.',
    });
  return allEnd(access) ? [`all access ends: ${OPEN_AT_THE_END}`] : [];
}
