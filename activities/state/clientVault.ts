import type { Secret } from '../../core/base/secret.ts';
import { type DeliveredNames, deliveredOf, isPublic } from '../../core/names/delivered.ts';
import type { Names } from '../../core/names/names.ts';
import type { ClientPlace, Vault, VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';
import { secretOf } from './vaultSecret.ts';

type Named = Pick<Names, 'vaultItem' | 'public'>;

/** The place of the vault that holds a client's secret; of a public client one that is empty, and asks no system. */
export function vaultFor(deps: Pick<Deps, 'vault'>, names: Named): Vault {
  return isPublic(names) ? NO_VAULT : (placeOf(deps, names) ?? deps.vault);
}

/** The place that a client has for itself; undefined where it shares one with others, or has no secret. */
export function placeOf({ vault }: Pick<Deps, 'vault'>, names: Named): ClientPlace | undefined {
  const { vaultItem } = names;
  if (vaultItem === undefined || isPublic(names)) return undefined;
  if (vault.of === undefined) throw new TypeError('this vault has no places for single clients');
  return vault.of(vaultItem);
}

/** The client's secret as its vault holds it; undefined of a public client. Throws `Refused` where it is not there. */
export async function clientSecret(
  deps: Pick<Deps, 'vault'>,
  names: Named & DeliveredNames,
): Promise<Secret | undefined> {
  const [secret] = deliveredOf(names);
  return secret && secretOf(await vaultFor(deps, names).read(), secret.vaultField);
}

/** The names with the id of the client's place, where somebody has made it: from here on no other of its name is taken for it. */
export function withPlace<N extends Named>(names: N, { own }: Pick<VaultContents, 'own'>): N {
  const { vaultItem } = names;
  return vaultItem === undefined || own?.id === undefined
    ? names
    : { ...names, vaultItem: { ...vaultItem, id: own.id } };
}

/** What is read where there is nothing to read. A run that would write there has lost its way. */
const NO_VAULT: Vault = {
  read: async () => ({
    system: 'oidc-registrar',
    place: 'no vault',
    updatedAt: undefined,
    fields: [],
    unwritable: undefined,
  }),
  addField: noSecret,
  removeField: async () => ({ removed: false }),
  async change({ relabel = [], remove = [], mark = [], unmark = [], notes = [] }) {
    if ([relabel, remove, mark, unmark, notes].some((edits) => edits.length > 0)) return noSecret();
    return { changed: false };
  },
};

function noSecret(): never {
  throw new TypeError('a public client has no secret that a vault could hold');
}
