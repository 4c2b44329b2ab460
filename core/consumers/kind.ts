import type { Reference } from '../base/words.ts';
import type { SystemName } from '../base/errors.ts';
import type { ChangeInput, ConsumerEdit, ConsumerStep } from '../changes/fileEdit.ts';
import type { Installation } from '../installation/installation.ts';
import type { Policy } from '../installation/policy.ts';
import type { AccessRule } from '../kubernetes/accessRule.ts';
import type { StoreRef } from '../kubernetes/secretStores.ts';
import type { Names } from '../names/names.ts';
import type { Breach } from '../policy/breach.ts';
import type { PlaceOfClient } from '../vault/vaultWords.ts';
import type { Consumer, Registration, RegistrationInput } from '../registration/registration.ts';

/** One kind of consumer, beyond what people write of it (`ConsumerSchema`): everything that is asked of it without I/O. */
export interface ConsumerKind<C extends { readonly kind: string } = Consumer> {
  readonly kind: C['kind'];
  /** Undefined where the job writes nothing for it, because only people can configure it. */
  readonly written?: WrittenKind<C>;
  /** Who brings it a secret. */
  target(consumer: C, client: ClientWords): Target;
  /** What people still have to do once a registration has ended well. */
  remaining(consumer: C, client: ClientWords & { readonly installation: Installation }): readonly string[];
  /** What they still have to do once the client is gone. */
  remainingAfter?(consumer: C): string;
  /** What a person does before the client goes, where nothing but that person can tell that it is done. */
  removedByHand?(consumer: C, client: ClientWords): string;
  /** What is as asked but may surprise. */
  warnings?(consumer: C): readonly string[];
  /** What it asks of registrar.yaml and does not find there, as a sentence that begins with the field. */
  unconfigured?(consumer: C, installation: Installation): string | undefined;
  /** Values of placeholders in the commands of registrar.yaml. */
  words?(consumer: C): Readonly<Record<string, string>>;
}

/** A kind for which the job writes files. */
export interface WrittenKind<C extends { readonly kind: string } = Consumer> {
  /** `deliverToConsumers` where the job also brings what it has written into a live system, and proves it there. */
  readonly step: ConsumerStep;
  /** Names of its edits. */
  readonly entries: readonly string[];
  /** The one of them that reads the vault field, by which it is this client's. */
  readonly readsField: string;
  /** Subject of the commit that writes it, where that is not what the step says. */
  subject?(client: string): string;
  /** Files that are written. */
  paths(consumer: C): readonly string[];
  /** Files that only tell how the others are laid out. */
  pathsRead?(consumer: C): readonly string[];
  edits(consumer: C, input: ChangeInput): readonly ConsumerEdit[];
  /** Whether one takes the other's place, so that the other's entries are changed and not taken out. `cluster`: where one names none. */
  replaces(one: C, other: C, cluster: string): boolean;
  breaches(consumer: C, names: Names, field: string, policy: Policy): readonly Breach[];
  /** What the worker's identity must be allowed, in the consumer's cluster and with whoever deploys there. */
  access?(consumer: C, installation: Installation): readonly AccessRule[];
  /** What a run does at the consumer itself, for a plan. */
  action?(consumer: C, installation: Installation): { readonly system: SystemName; readonly what: string };
  /** What people still have to do once the registration names it no longer. */
  remainingOfFormer?(consumer: C): string;
  references(consumer: C, client: ReferredClient): ConsumerReferences;
  /** The ExternalSecret that brings it the secret, for people, and the store from which that one is filled. */
  filled?(consumer: C): { readonly holder: string; readonly ref: StoreRef };
  /** How many lines of a file read the vault field for it. */
  linesReading?(consumer: C, path: string): number;
  /** Whether what reads the vault field there is the consumer itself. */
  declares?(consumer: C, reader: { readonly where: string; readonly externalSecret?: string }): boolean;
  /** Consumers of this kind that people have made by hand. */
  imported?(input: ImportedFiles, known: ImportedClient, notes: string[]): readonly ConsumerInput[];
}

export type ConsumerInput = NonNullable<RegistrationInput['spec']['consumers']>[number];

/** What the words for people are made of. */
export interface ClientWords {
  readonly names: Pick<Names, 'clientId' | 'issuer' | 'vaultField' | 'vaultItem' | 'public'>;
  readonly installation: Pick<Installation, 'vault'>;
}

export interface Target {
  /** As people know it: "Ansible role zot". */
  readonly name: string;
  /** cluster: the job refreshes the consumer's ExternalSecret itself. */
  readonly by: 'command' | 'cluster' | 'person';
  /** What a person types to deliver the secret by hand. */
  readonly byHand: string;
}

/** A kind of consumer of which a person may say, before the registration ends, that the secret is there. Workflows ask it. */
export interface ConfirmedKind<C extends { readonly kind: string } = Consumer> {
  readonly kind: C['kind'];
  isAsked(consumer: C): boolean;
  /** `before` is a command that a person types in front. */
  target(consumer: C, before: string): Target;
  /** What it leaves in the world, which no undo of the job reaches. */
  leaves(consumer: C): string;
}

/** The client whose references are looked for. */
export interface ReferredClient {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly names: Names;
}

/** What else refers to the client because of a consumer. */
export interface ConsumerReferences {
  readonly anywhere: readonly Reference[];
  /** Only in files that `holds` names, where a short name says something. */
  readonly near: readonly Reference[];
  holds(path: string): boolean;
}

/** A repository in which people have made a client by hand. */
export interface ImportedFiles {
  /** The client's name: a key of the blueprints' ConfigMap, a slug or a client id. */
  readonly client: string;
  readonly installation: Installation;
  /** Every file that may tell something of it. */
  readonly paths: readonly string[];
  readonly read: (path: string) => string | undefined;
}

/** What is known of the client by then. */
export interface ImportedClient extends PlaceOfClient {
  readonly vaultField: string;
  readonly clientId: string;
  readonly slug: string;
  readonly displayName: string;
}
