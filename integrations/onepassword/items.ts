import type { MadeBy, Vault, VaultConnection } from '../vault/vault.ts';

/** An item as a list shows it. */
export interface ItemHead {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
}

/** The items of a vault, whatever library reaches them. Requests throw `RegistrarError` as those of an item do. */
export interface Items extends Pick<VaultConnection, 'attempt' | 'count' | 'rateLimitPauseMs'> {
  /** Those of that very title. */
  titled(title: string): Promise<readonly ItemHead[]>;
  /** {@link Vault.mayWrite}. */
  readonly mayWrite?: () => Promise<void>;
  /** Makes an empty item. */
  create(title: string, tag: string): Promise<ItemHead>;
  /** Deletes it; absent is success. */
  remove(id: string): Promise<void>;
  /** The fields of one of them. */
  at(id: string, title: string): Vault;
}

/**
 * What the job makes is of this category, in Connect's words: none of its built-in fields must be filled, and no browser offers it
 * to a web page, as it would a login.
 */
export const CATEGORY = 'API_CREDENTIAL';

/** The mark of an item that the job made. A list shows it, and a copy that a person makes under another title is no other client's. */
export function tagOf({ client, changeId }: MadeBy): string {
  return `oidc-registrar/${client}/${changeId}`;
}

/** Which run made an item; undefined where none did. */
export function madeBy({ tags }: ItemHead): MadeBy | undefined {
  for (const tag of tags) {
    const [, client, changeId] = /^oidc-registrar\/([^/]+)\/([^/]+)$/.exec(tag) ?? [];
    if (client !== undefined && changeId !== undefined) return { client, changeId };
  }
  return undefined;
}
