import type { SystemName } from '../base/errors.ts';

/**
 * How a vault names what it holds: all that the project's texts, manifests and playbooks need of it. Every client has one secret there,
 * known by its field (`spec.vaultField`). A vault is a folder beside this file with its settings and its words, a line in
 * `settings.ts` and in `vaults.ts`, and an adapter in `integrations/` with a line in `worker/openVault.ts`.
 */
export interface VaultWords {
  /** The vault's own name, as errors, findings and plans tell it. */
  readonly system: SystemName;
  /** What holds the fields, so that "of" may stand before it: `item "Authentik"`. */
  readonly place: string;
  /** System and place with everything by which people find it. */
  readonly address: string;
  /** Settings that say where it is: a run goes on only with a worker that has the same. */
  readonly destinations: readonly Destination[];
  /** The pattern by which each client has a place of its own; absent where a vault knows no such places. */
  readonly own?: { readonly pattern: string | undefined };
  /** The environment variable of its token, and whose it is. */
  readonly token: { readonly variable: string; readonly of: string };
  /** Names a field's value for people and tools, and holds none. */
  reference(field: string): string;
  /** A command that prints the value of a field, for playbooks and people. */
  readCommand(field: string): string;
  /** Whether a command does that. */
  isReadBy(command: string, field: string): boolean;
  /** What of a line in any file reads the field by the vault's own tools; of another item or path it matches none. */
  readsByTool(field: string): RegExp;
  /** Where an ExternalSecret finds the field. */
  remoteRef(field: string): RemoteRef;
  /** Whether the `remoteRef` of an ExternalSecret, which people may have written in another form, finds the field. */
  isRefTo(remoteRef: unknown, field: string): boolean;
  /** Whether `dataFrom.extract` of this key brings every field. */
  isAllOf(key: string): boolean;
  /**
   * What a store of External Secrets reads in place of this vault, by its `spec.provider`, so that "reads" may stand before it;
   * undefined where it is this one, or nothing shows that it is not.
   */
  otherStore(provider: Readonly<Record<string, unknown>>): string | undefined;
  /** The names by which such a store says which vaults it reads, where the settings have none to compare them with; none else. */
  unnamedStore(provider: Readonly<Record<string, unknown>>): readonly string[];
  /** The field that a `remoteRef` finds; undefined where it is of no form that has one. */
  fieldOf(remoteRef: unknown): string | undefined;
}

/** A place of the vault that one client has for itself. */
export interface ClientItem {
  readonly title: string;
  readonly client: string;
  /** Undefined until the vault was asked. */
  readonly id?: string;
}

/** Of a client's names: where its secret is. Absent: where those of all clients are. */
export interface PlaceOfClient {
  readonly vaultItem?: ClientItem;
}

/** `remoteRef` of an entry of an ExternalSecret. */
export interface RemoteRef {
  readonly key: string;
  /** Absent where the key names the field as well. */
  readonly property?: string;
}

/** A place where a run reads or writes. */
export interface Destination {
  /** As people find it in registrar.yaml. */
  readonly name: string;
  /** Undefined where the installation has no such place. */
  readonly value: string | undefined;
  /**
   * What releases took for granted that did not know this setting. While it is so it is not told, so that the runs which such
   * a release began go on.
   */
  readonly impliedBefore?: string;
}
