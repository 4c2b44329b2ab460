import type { Names } from '../names/names.ts';
import type { Policy } from '../installation/policy.ts';
import { nested } from './breach.ts';
import { matchesAny } from './pattern.ts';

/** Why an item that people made is not taken for a client's own, with what allows it. */
interface UnlistedItem {
  readonly message: string;
  readonly remedy: string;
  readonly allow: string;
}

/** An item that the job did not make, where `policy.items` does not list it. `place` names it to people. */
export function unlistedItem(
  place: string,
  { title, client }: NonNullable<Names['vaultItem']>,
  { items }: Pick<Policy, 'items'>,
): UnlistedItem | undefined {
  if (matchesAny(items, title)) return undefined;
  const allow = nested('items', JSON.stringify([title]));
  return {
    message: `${place} is there already, and nothing shows that it is client ${client}'s: the job did not make it, and policy.items does not list it`,
    remedy: `Where it is this client's, allow it in registrar.yaml by policy: {${allow}}; or name another in spec.vaultItem, which the job makes.`,
    allow,
  };
}
