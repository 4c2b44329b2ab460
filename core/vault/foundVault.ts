/** What a repository tells of the vault, for whoever writes the first `registrar.yaml`. */

/** A value of a setting, and what of the repository tells it. */
export interface FoundSetting {
  /** Key below `vault`. */
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/** A setting that a repository does not always tell. */
export interface VaultQuestion {
  /** Key below `vault`. */
  readonly key: string;
  /** Name of the option of a command line that answers it. */
  readonly option: string;
  readonly asks: string;
  /** How a person finds it out; the name of a key in angle brackets stands for its setting. */
  readonly hint: string;
  /** Whether it has a meaning beside what is known. */
  readonly isNeeded: (known: Readonly<Record<string, string>>) => boolean;
}

/** Where the secrets of the clients that stand already are: of each its name, and the key by which an ExternalSecret names what holds it. */
interface StandingKey {
  readonly client: string;
  readonly key: string;
}

/** What of a repository tells of the vault. */
export interface VaultTraces {
  /** `spec.provider` of the store by which it is read, and the file; undefined where no file holds that store. */
  readonly store: { readonly provider: Readonly<Record<string, unknown>>; readonly from: string } | undefined;
  /** Keys that the ExternalSecret names, and its file. */
  readonly keys: readonly string[];
  readonly standing: readonly StandingKey[];
  readonly from: string;
}
