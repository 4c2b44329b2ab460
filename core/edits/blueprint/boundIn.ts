import { type End, isInstant } from '../../authentik/endOfAccess.ts';
import type { Bound } from '../../registration/boundTo.ts';
import { GROUP, POLICY, USER } from './models.ts';
import { textOf } from './sectionValues.ts';

type Values = Readonly<Record<string, unknown>>;

/** What an entry of a binding lets in; undefined where the file does not tell, or where it is disabled or negated. */
export function boundIn({ group, user, policy, enabled, negate }: Values): Bound | undefined {
  return enabled === false || negate === true ? undefined : boundOf({ group, user, policy });
}

/** What an entry of a binding is to; undefined where the file does not tell. */
export function boundOf({ group, user, policy }: Values): Bound | undefined {
  const [inGroup, isUser, byPolicy] = [group, user, policy].map((each) => (each ?? {}) as Values);
  const { find, where } = (byPolicy ?? {}) as { find?: unknown; where?: readonly (readonly unknown[])[] };
  const named = find === POLICY && where?.length === 1 && where[0]?.[0] === 'name' ? where[0][1] : undefined;
  const all = [
    { kind: 'group' as const, name: inGroup?.['object'] === GROUP ? textOf(inGroup['name']) : undefined },
    { kind: 'user' as const, name: isUser?.['object'] === USER ? textOf(isUser['name']) : undefined },
    { kind: 'policy' as const, name: textOf(named) },
  ];
  const [only, ...others] = all.flatMap(({ kind, name }) => (name === undefined ? [] : [{ kind, name }]));
  return others.length === 0 ? only : undefined;
}

/** When an entry of a binding ends; undefined where it does and the file does not tell when. */
export function endIn({ expiring, expires }: Values): End | undefined {
  if (expiring === undefined || expiring === false) return null;
  return expiring === true && typeof expires === 'string' && isInstant(expires) ? expires : undefined;
}
