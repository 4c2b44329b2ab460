import { randomBytes } from 'node:crypto';
import { createClient, type Item } from '@1password/sdk';
import { Secret } from '../../core/base/secret.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { NO_ATTEMPT } from '../attempt.ts';
import { createItemVault, type ItemAddress, type ItemLibrary } from './itemVault.ts';
import { translatedSdk } from './sdkErrors.ts';
import { describeSdkItem, isSdkItem, withoutSdkField, withSdkField, withSdkNote } from './sdkItem.ts';
import type { Vault, VaultConnection } from '../vault/vault.ts';
import type { ItemNote, VaultItem } from './item.ts';
import { ItemWords, vaultError } from './vaultErrors.ts';

/** The part of the library's client that the job uses. */
interface SdkClient {
  readonly items: {
    get(vaultId: string, itemId: string): Promise<Item>;
    put(item: Item): Promise<Item>;
  };
}

/** Signs in with the token of a service account. Rejects as the library's `createClient` does. */
export type OpenSdk = (token: string) => Promise<SdkClient>;

export interface SdkVaultOptions extends ItemAddress, VaultConnection {
  /** The library's own client where absent; its service cannot be stood in for, so a sandbox gives another client. */
  readonly open?: OpenSdk;
}

/** The item through `@1password/sdk`, as a service account. */
export function createSdkVault(options: SdkVaultOptions): Vault {
  return createItemVault(new SdkLibrary(options), { ...options, address: options });
}

const openSdk: OpenSdk = (token) =>
  createClient({ auth: token, integrationName: 'oidc-registrar', integrationVersion: 'v1' });

/** A client, and the token that it signed in with. */
interface SignedIn {
  readonly token: Secret;
  readonly client: Promise<SdkClient>;
}

class SdkLibrary implements ItemLibrary<Item> {
  readonly #options: SdkVaultOptions;
  readonly #words = new ItemWords();
  #signedIn: SignedIn | undefined;

  constructor(options: SdkVaultOptions) {
    this.#options = options;
  }

  async get(what: string): Promise<Item> {
    const { vaultId, itemId } = this.#options;
    return this.#ask(what, (client) => client.items.get(vaultId, itemId));
  }

  async put(what: string, item: Item): Promise<Item> {
    this.#words.note(item);
    const { attempt = NO_ATTEMPT, timeoutMs } = this.#options;
    return this.#ask(what, async (client) => {
      // Past the sign-in, which takes its time where the token was renewed.
      await attempt.timeFor(timeoutMs);
      return client.items.put(item);
    });
  }

  describe(item: Item): VaultItem {
    return describeSdkItem(item);
  }

  withField(item: Item, label: string, value: Secret): Item {
    return withSdkField(item, randomBytes(13).toString('hex'), label, value);
  }

  relabelled(item: Item, at: number, label: string): Item {
    return { ...item, fields: item.fields.map((field, i) => (i === at ? { ...field, title: label } : field)) };
  }

  withoutField(item: Item, at: number): Item {
    return withoutSdkField(item, at);
  }

  withNote(item: Item, note: ItemNote): Item {
    return withSdkNote(item, randomBytes(13).toString('hex'), note);
  }

  retexted(item: Item, at: number, text: string): Item {
    return { ...item, fields: item.fields.map((field, i) => (i === at ? { ...field, value: text } : field)) };
  }

  /**
   * The library has neither a time limit nor a way to stop a request. One that is given up may still do its work: a write then
   * has moved the version, which the library checks, so the repetition reads again and finds it.
   */
  async #ask(what: string, request: (client: SdkClient) => Promise<Item>): Promise<Item> {
    const { itemId, timeoutMs } = this.#options;
    const signedIn = this.#signIn();
    let why = `does not answer within ${timeoutMs} ms`;
    try {
      const answer = await withTimeout(signedIn.client.then(request), timeoutMs);
      this.#words.note(answer);
      if (answer !== undefined && isSdkItem(answer, itemId)) return answer;
      if (answer !== undefined) why = `answered with what is not item ${itemId}`;
    } catch (error) {
      const translated = translatedSdk(what, error, this.#words);
      // The token may have been renewed where it comes from, or the sign-in be over.
      if (translated.kind === 'Unauthorized') this.#forget(signedIn);
      throw translated;
    }
    throw vaultError('Unavailable', `could not ${what}: 1Password ${why}`, 'See that this machine reaches 1Password.');
  }

  /** One client for as long as its token is the one to use; one that could not sign in is not kept. */
  #signIn(): SignedIn {
    const { open = openSdk, token } = this.#options;
    if (this.#signedIn?.token.equals(token) === true) return this.#signedIn;
    const now = new Secret(token.reveal());
    const signedIn = { token: now, client: open(now.reveal()) };
    signedIn.client.catch(() => this.#forget(signedIn));
    this.#signedIn = signedIn;
    return signedIn;
  }

  #forget(signedIn: SignedIn): void {
    if (this.#signedIn === signedIn) this.#signedIn = undefined;
  }
}
