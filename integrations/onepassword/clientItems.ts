import type { ClientItem } from '../../core/vault/vaultWords.ts';
import type { ClientPlace, Vault } from '../vault/vault.ts';
import { ClientItemVault } from './clientItem.ts';
import type { Items } from './items.ts';

/** Items of clients, beside the one item of all others; without that one, every client has its own. */
export function withClientItems(one: Vault | undefined, items: Items): Vault {
  // What a vault knows of an item, such as the newest version that was seen, must outlive one question.
  const known = new Map<string, Vault>();
  const remembering: Items = {
    ...items,
    at(id, title) {
      const found = known.get(id) ?? items.at(id, title);
      known.set(id, found);
      return found;
    },
  };
  return {
    // Nothing is where no place is named; what a client has is in its own.
    read: async () =>
      one?.read() ?? { system: '1Password', place: 'no item', updatedAt: undefined, fields: [], unwritable: undefined },
    addField: async (...args) => (one ?? none()).addField(...args),
    change: async (...args) => (one ?? none()).change(...args),
    removeField: async (...args) => (one ?? none()).removeField(...args),
    ...(items.mayWrite === undefined ? {} : { mayWrite: items.mayWrite }),
    of: (item: ClientItem): ClientPlace => new ClientItemVault(remembering, item),
  };
}

function none(): never {
  throw new TypeError('every client has an item of its own, and none is named');
}
