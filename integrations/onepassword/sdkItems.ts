import { ItemCategory, ItemState, type ItemOverview } from '@1password/sdk';
import { RegistrarError } from '../../core/base/errors.ts';
import type { ItemHead, Items } from './items.ts';
import { WriteQueue } from './writeQueue.ts';
import type { ItemAddress } from './itemVault.ts';
import { SdkSession, type SdkClient, type SdkSessionOptions } from './sdkSession.ts';
import { createSdkVault } from './sdkVault.ts';

/** The items of a vault through `@1password/sdk`. The library lists a vault as a whole. */
export function createSdkItems(options: SdkSessionOptions<SdkClient> & Pick<ItemAddress, 'vaultId'>): Items {
  const { vaultId } = options;
  const session = new SdkSession<SdkClient>(options);
  const queue = new WriteQueue();
  return {
    ...options,
    async titled(title) {
      const all = await session.read(`look for item "${title}"`, (client) => client.items.list(vaultId));
      return all.filter((item) => item.title === title && item.state === ItemState.Active).map(headOf);
    },
    async create(title, tag) {
      const params = { vaultId, title, category: ItemCategory.ApiCredentials, tags: [tag] };
      return headOf(await session.write(`make item "${title}"`, (client) => client.items.create(params)));
    },
    async remove(id) {
      try {
        await session.write('delete the item', (client) => client.items.delete(vaultId, id));
      } catch (error) {
        if (!(error instanceof RegistrarError) || error.kind !== 'NotFound') throw error;
      }
    },
    at: (itemId, itemTitle) => createSdkVault({ ...options, itemId, itemTitle, queue }, session),
  };
}

function headOf({ id, title, tags }: Pick<ItemOverview, 'id' | 'title' | 'tags'>): ItemHead {
  return { id, title, tags };
}
