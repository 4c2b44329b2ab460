import { createClient, type Item, type ItemCreateParams, type ItemOverview } from '@1password/sdk';
import { Secret } from '../../core/base/secret.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { NO_ATTEMPT } from '../attempt.ts';
import type { VaultConnection } from '../vault/vault.ts';
import { translatedSdk } from './sdkErrors.ts';
import { ItemWords, vaultError } from './vaultErrors.ts';

/** The part of the library's client that reads and writes one item. */
export interface SdkItemClient {
  readonly items: {
    get(vaultId: string, itemId: string): Promise<Item>;
    put(item: Item): Promise<Item>;
  };
}

/** What lists, makes and deletes items as well. */
export interface SdkClient extends SdkItemClient {
  readonly items: SdkItemClient['items'] & {
    list(vaultId: string): Promise<ItemOverview[]>;
    create(params: ItemCreateParams): Promise<Item>;
    delete(vaultId: string, itemId: string): Promise<void>;
  };
}

/** Signs in with the token of a service account. Rejects as the library's `createClient` does. */
export type OpenSdk<Client = SdkItemClient> = (token: string) => Promise<Client>;

export interface SdkSessionOptions<Client = SdkItemClient> extends VaultConnection {
  /** The library's own client where absent; its service cannot be stood in for, so a sandbox gives another client. */
  readonly open?: OpenSdk<Client>;
}

const openSdk: OpenSdk<SdkClient> = (token) =>
  createClient({ auth: token, integrationName: 'oidc-registrar', integrationVersion: 'v1' });

/** A client, and the token that it signed in with. */
interface SignedIn<Client> {
  readonly token: Secret;
  readonly client: Promise<Client>;
}

type Request<Client, R> = (client: Client) => Promise<R>;
/** What is wrong with an answer, after "1Password". */
type Wrong<R> = (answer: R) => string | undefined;

/** The library, signed in, as a service account. */
export class SdkSession<Client = SdkItemClient> {
  readonly #options: SdkSessionOptions<Client>;
  readonly #words = new ItemWords();
  #signedIn: SignedIn<Client> | undefined;

  constructor(options: SdkSessionOptions<Client>) {
    this.#options = options;
  }

  /** What is about to be sent is never shown. */
  note(item: Item): void {
    this.#words.note(item);
  }

  /** Throws `RegistrarError`. */
  async read<R>(what: string, request: Request<Client, R>, wrong?: Wrong<R>): Promise<R> {
    return this.#ask(what, request, wrong);
  }

  /** As {@link read}, in the attempt's name. */
  async write<R>(what: string, request: Request<Client, R>, wrong?: Wrong<R>): Promise<R> {
    const { attempt = NO_ATTEMPT, timeoutMs } = this.#options;
    return this.#ask(
      what,
      async (client) => {
        // Past the sign-in, which takes its time where the token was renewed.
        await attempt.timeFor(timeoutMs);
        return request(client);
      },
      wrong,
    );
  }

  /**
   * The library has neither a time limit nor a way to stop a request. One that is given up may still do its work: a write then
   * has moved the version, which the library checks, so the repetition reads again and finds it.
   */
  async #ask<R>(what: string, request: Request<Client, R>, wrong: Wrong<R> = () => undefined): Promise<R> {
    const { timeoutMs } = this.#options;
    const signedIn = this.#signIn();
    let why = `does not answer within ${timeoutMs} ms`;
    try {
      // A request may answer with nothing, and a time limit does.
      const answer = await withTimeout(
        signedIn.client.then(request).then((value) => ({ value })),
        timeoutMs,
      );
      this.#words.note(answer?.value);
      const problem = answer === undefined ? why : wrong(answer.value);
      if (answer !== undefined && problem === undefined) return answer.value;
      why = problem ?? why;
    } catch (error) {
      const translated = translatedSdk(what, error, this.#words);
      // The token may have been renewed where it comes from, or the sign-in be over.
      if (translated.kind === 'Unauthorized') this.#forget(signedIn);
      throw translated;
    }
    throw vaultError('Unavailable', `could not ${what}: 1Password ${why}`, 'See that this machine reaches 1Password.');
  }

  /** One client for as long as its token is the one to use; one that could not sign in is not kept. */
  #signIn(): SignedIn<Client> {
    const { open = openSdk as unknown as OpenSdk<Client>, token } = this.#options;
    if (this.#signedIn?.token.equals(token) === true) return this.#signedIn;
    const now = new Secret(token.reveal());
    const signedIn = { token: now, client: open(now.reveal()) };
    signedIn.client.catch(() => this.#forget(signedIn));
    this.#signedIn = signedIn;
    return signedIn;
  }

  #forget(signedIn: SignedIn<Client>): void {
    if (this.#signedIn === signedIn) this.#signedIn = undefined;
  }
}
