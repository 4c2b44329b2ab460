import type { Entry } from '../changes/entry.ts';
import type { ChangeInput, ConsumerStep } from '../changes/fileEdit.ts';
import type { Consumer, Registration } from '../registration/registration.ts';
import type { ConsumerInput, ConsumerKind, ImportedClient, ImportedFiles, WrittenKind } from './kind.ts';
import { KINDS } from './kinds.ts';

export function kindOf(consumer: Consumer): ConsumerKind {
  const found = KINDS.find(({ kind }) => kind === consumer.kind);
  if (found === undefined) throw new TypeError(`there is no kind of consumer ${consumer.kind}`);
  return found;
}

/** A consumer for which the job writes files. */
export interface WrittenConsumer {
  readonly consumer: Consumer;
  readonly written: WrittenKind;
  /** Its place in the list that names it. */
  readonly index: number;
  /** Its entry at a place that its kind names. */
  readonly entry: (place: string) => Entry;
}

/**
 * Consumers of a registration for which the job writes files. Their entries go by numbers that histories hold: those of files alone
 * count each kind by itself, those that are brought into a live system go by their place in `spec.consumers`.
 */
export function writtenConsumers({ spec }: Pick<Registration, 'spec'>): readonly WrittenConsumer[] {
  const counted = new Map<string, number>();
  return spec.consumers.flatMap((consumer, index) => {
    const { kind, written } = kindOf(consumer);
    if (written === undefined) return [];
    const count = counted.get(kind) ?? 0;
    counted.set(kind, count + 1);
    const number = written.step === 'deliverToConsumers' ? index : count;
    return [{ consumer, written, index, entry: (place: string) => ({ place, index: number }) }];
  });
}

type FormerConsumers = Pick<ChangeInput, 'former' | 'formerSecrets'>;

/** Consumers that the registration named before, as a job holds them. */
export function formerConsumers({ former = [], formerSecrets = [] }: FormerConsumers): readonly WrittenConsumer[] {
  return [former, formerSecrets].flatMap((list) =>
    list.flatMap((consumer, index) => {
      const { written } = kindOf(consumer);
      return written === undefined
        ? []
        : [{ consumer, written, index, entry: (place: string) => ({ place, index, former: true as const }) }];
    }),
  );
}

/**
 * Consumers delivered to `before` that no consumer stands for any more: their entries go with the change. `cluster` is meant where a
 * consumer names none.
 */
export function noLongerNamed(before: readonly Consumer[], now: Registration, cluster: string): FormerConsumers {
  const goneAt = (step: ConsumerStep): readonly Consumer[] =>
    before.filter((old) => {
      const { kind, written } = kindOf(old);
      const stays = (each: Consumer): boolean => each.kind === kind && written?.replaces(each, old, cluster) === true;
      return written?.step === step && !now.spec.consumers.some(stays);
    });
  const [former, formerSecrets] = [goneAt('renderAnsibleFiles'), goneAt('deliverToConsumers')];
  return {
    ...(former.length === 0 ? {} : { former }),
    ...(formerSecrets.length === 0 ? {} : { formerSecrets }),
  };
}

/** Consumers that people have made by hand, as a registration names them; `notes` gets what could not be read. */
export function importedConsumers(
  files: ImportedFiles,
  client: ImportedClient,
  notes: string[],
): readonly ConsumerInput[] {
  return KINDS.flatMap(({ written }) => written?.imported?.(files, client, notes) ?? []);
}
