import { OPEN_AT_THE_END } from '../authentik/endOfAccess.ts';
import type { BindingData } from '../authentik/bindings.ts';
import type { WantedState } from '../authentik/wantedState.ts';
import type { Seen } from './finding.ts';

/** Access that ends, or has: `now` in milliseconds. Whether an end is as asked is told beside this. */
export function endFindings(
  wanted: Pick<WantedState, 'bindings'>,
  found: readonly BindingData[],
  now: number,
): readonly Seen[] {
  const isLast = found.filter(({ enabled, until }) => enabled && typeof until !== 'string').length === 0;
  const open = isLast ? `; ${OPEN_AT_THE_END}` : '';
  return found.flatMap(({ order, group, until }): readonly Seen[] => {
    if (typeof until !== 'string') return [];
    const asked = wanted.bindings.some((each) => each.order === order && each.group === group && each.until === until);
    if (Date.parse(until) <= now)
      return [
        {
          system: 'Authentik',
          severity: 'drift',
          what: `access of ${group} ended on ${until}${open}`,
          remedy: `Give ${group} a later time under spec.access.until, or take it out of spec.access.`,
        },
      ];
    return [
      {
        system: 'Authentik',
        severity: 'notice',
        what: `access of ${group} ends on ${until}${asked ? '' : ', which the registration does not say'}${open}`,
        remedy: asked
          ? `Let it end, or give ${group} a later time under spec.access.until.`
          : `Write that time, or "never", for ${group} under spec.access.until.`,
      },
    ];
  });
}
