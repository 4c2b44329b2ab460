import { RegistrarError } from '../../core/base/errors.ts';
import { readRecord } from '../../core/installation/readFiles.ts';
import { deliveredOf } from '../../core/run/record.ts';
import { recordPath } from '../../core/names/recordPath.ts';
import type { KnownFacts, Origin, RegistrationRecord } from '../../core/registration/record.ts';
import type { StateBefore } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import type { FilesOf } from './manifest.ts';

/** A client's record as it stands at a commit: undefined where there is none, `problem` where it cannot be read. */
export interface FoundRecord {
  readonly path: string;
  readonly text: string | undefined;
  readonly record: RegistrationRecord | undefined;
  readonly problem?: string;
}

/** Reads a client's record. A file that cannot be read as one stops no run: it tells nothing, so less is deleted. */
export async function findRecord(deps: FilesOf, client: string, commit: string): Promise<FoundRecord> {
  const path = recordPath(deps.installation, client);
  const text = await deps.git.readFile(commit, path);
  if (text === undefined) return { path, text, record: undefined };
  try {
    return { path, text, record: readRecord(text, path, client) };
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    return { path, text, record: undefined, problem: error.message };
  }
}

/**
 * What is known of a client that no system shows: what its record says; for a client of before there were records, what the
 * history of its last run still tells; undefined where nothing does.
 */
export async function knownFacts(deps: Deps, client: string, { record }: FoundRecord): Promise<KnownFacts | undefined> {
  if (record !== undefined) return record;
  const registered = await deps.runs.registeredAs(client);
  if (registered === undefined) return undefined;
  const before = await deps.runs.registeredBefore(client);
  const groups = registered.spec.groups.map(({ name }) => name);
  const accounts = registered.spec.groups.flatMap((group) => group.serviceAccounts.map(({ username }) => username));
  return {
    delivered: { ...deliveredOf(registered), earlier: 'known' },
    origin: {
      groups: originsOf(groups, olderOf(before)?.groups),
      serviceAccounts: originsOf(accounts, olderOf(before)?.users),
      vaultField: originOf(olderOf(before)?.vaultField),
    },
  };
}

function olderOf(before: StateBefore | undefined): StateBefore['older'] {
  return before?.older ?? before;
}

function originsOf(names: readonly string[], there: readonly string[] | undefined): Record<string, Origin> {
  return Object.fromEntries(names.map((name) => [name, originOf(there?.includes(name))]));
}

/**
 * A history says what was there before the registration. Of what was absent it cannot say whether the registration or a
 * person has made it since: that is `unknown` here, and the object's own mark tells.
 */
function originOf(there: boolean | undefined): Origin {
  return there === true ? 'adopted' : 'unknown';
}
