/** What a refresh could not do; its words go into the Event. */
export class RefreshError extends Error {}

/** A vault as the operator reads it. Both throw {@link RefreshError}, whose words begin with `where`. */
interface Provider {
  /** The value that a `remoteRef` finds. */
  value(ref: { readonly key: string; readonly property?: string }, where: string): Promise<string>;
  /** All values below a key, or the one that a property names, as `dataFrom.extract` takes them. */
  all(
    ref: { readonly key: string; readonly property?: string },
    where: string,
  ): Promise<readonly (readonly [string, string])[]>;
}

/** What a stand-in has in place of a vault's own address and token. */
export interface ProviderNeeds {
  /** Address of the Connect server that stands for a store's connectHost. */
  readonly connectUrl: (connectHost: string) => string;
  readonly token: string;
}

/** Opens the vault of a store by what stands in its `spec.provider`. */
export type OpenProvider = (settings: unknown, needs: ProviderNeeds & { readonly signal: AbortSignal }) => Provider;
