import { type End, endInWords } from './endOfAccess.ts';
import type { BindingData } from './bindings.ts';

/** A binding as it stands. An end that is undefined is one that nobody tells. */
export type StandingBinding = Pick<BindingData, 'order' | 'group'> & { readonly until: End | undefined };

/** What a change would do to an end by giving bindings another place, and what a person does about it. */
export interface MovedEnd {
  readonly message: string;
  readonly remedy: string;
}

/**
 * Ends that a change would hand to somebody else, or lose: a blueprint that does not name the end of a binding leaves it to the place
 * in the order, whoever is let in there afterwards. Pure.
 */
export function movedEnds(wanted: readonly BindingData[], found: readonly StandingBinding[]): readonly MovedEnd[] {
  return wanted.flatMap(({ order, group, until }) => {
    const here = found.find((each) => each.order === order);
    if (until !== undefined || here?.group === group) return [];
    const own = found.find((each) => each.group === group && each.until !== null);
    const message =
      here !== undefined && here.until !== null
        ? `spec.access: the binding of order ${order}, which is to be that of ${group}, ${endInWords(here.until)}`
        : own &&
          `spec.access: the access of ${group} ${endInWords(own.until)} by the binding of order ${own.order}, and is to be by that of order ${order}, which does not end`;
    return message === undefined
      ? []
      : [{ message, remedy: `Say when the access of ${group} ends, or "never", under spec.access.until.` }];
  });
}
