import { adoptedIn, recordOf } from '../../core/run/record.ts';
import { entryName } from '../../core/changes/entry.ts';
import { type KnownFacts, renderRecord } from '../../core/registration/record.ts';
import type { Job, StateBefore } from '../../core/run/job.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import type { FoundRecord } from '../state/facts.ts';
import { madeField } from '../state/vaultMark.ts';
import type { ExistingObjects } from './world.ts';

interface RecordFacts {
  readonly found: FoundRecord;
  readonly known: KnownFacts | undefined;
  readonly contents: VaultContents;
  readonly occupied: ExistingObjects;
  readonly version: string;
  /** What is still seen of former consumers of which nothing is known. */
  readonly left: readonly string[];
  /** A person has asked for a repair of a client that is registered. */
  readonly repair: boolean;
}

/** Each change brings the client's record along. That one is missing is no change by itself; a repair writes it. */
export function withRecord(job: Job, facts: RecordFacts): Job {
  const { found, known, occupied, contents, version, left, repair } = facts;
  if (job.record !== undefined) return job;
  const changes = job.edits.some(({ kind }) => kind !== 'alreadyThere');
  if (!changes && !(found.record === undefined && (repair || left.length > 0))) return job;
  const vaultField = madeField(contents, job.client, job.names.vaultField) !== undefined;
  const marked = { groups: occupied.madeGroups, users: occupied.madeUsers, vaultField };
  const record = renderRecord(recordOf({ job, known, marked, authentik: version }));
  if (record === found.text) return job;
  const kind = found.text === undefined ? 'created' : 'updated';
  const edit: PlannedEdit = { step: 'renderAnsibleFiles', entry: entryName('record'), path: found.path, kind };
  return { ...job, record, edits: [...job.edits, edit] };
}

/** What was there before the registration, as far as that is known: claims, by which more is kept. */
export function olderIn({ origin }: KnownFacts): NonNullable<StateBefore['older']> {
  return {
    groups: adoptedIn(origin.groups),
    users: adoptedIn(origin.serviceAccounts),
    vaultField: origin.vaultField === 'adopted',
  };
}
