import { own } from '../base/own.ts';
import { sectionKind } from '../changes/entry.ts';
import { writtenConsumers } from '../consumers/consumersOf.ts';
import { extraFilePaths } from '../changes/extraFiles.ts';
import type { KnownFacts, Origin, RegistrationRecord } from '../registration/record.ts';
import type { Registration } from '../registration/registration.ts';
import type { Job } from './job.ts';

export interface RecordInput {
  readonly job: Pick<Job, 'registration' | 'before' | 'edits' | 'continued'> & Partial<Pick<Job, 'names'>>;
  /** Undefined where nothing is known of the client. */
  readonly known: KnownFacts | undefined;
  /** Groups, service accounts and the vault field that bear the job's own mark for this client. */
  readonly marked: {
    readonly groups: readonly string[];
    readonly users: readonly string[];
    readonly vaultField: boolean;
  };
  readonly authentik: string;
}

/** The record as it is after a change. Pure. */
export function recordOf({ job, known, marked, authentik }: RecordInput): RegistrationRecord {
  const { registration, before, names = {} } = job;
  const { spec, metadata } = registration;
  const section = sectionKind(job.edits);
  const isNew = !job.continued && (section === 'changed' || section === 'created');
  // Of a client that was there and of which nothing is known, nobody can say what was there before it.
  const found: Origin = isNew || known !== undefined ? 'adopted' : 'unknown';
  const originOf = (there: boolean, recorded: Origin | undefined, isMarked: boolean): Origin => {
    if (!there) return 'made';
    // What nothing could tell is told by the mark on the thing itself; it is no news of what is known to be adopted.
    return isMarked && (recorded ?? 'unknown') === 'unknown' ? 'made' : (recorded ?? found);
  };
  const all = (
    names: readonly string[],
    there: readonly string[],
    recorded: Readonly<Record<string, Origin>> | undefined,
    bearing: readonly string[],
  ): Record<string, Origin> =>
    Object.fromEntries(
      names.map((name) => [name, originOf(there.includes(name), own(recorded, name), bearing.includes(name))]),
    );
  const accounts = spec.groups.flatMap(({ serviceAccounts }) => serviceAccounts.map(({ username }) => username));
  const groups = spec.groups.map(({ name }) => name);
  return {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClientRecord',
    metadata: { name: metadata.name },
    delivered: {
      ...deliveredOf(registration),
      earlier: isNew ? 'known' : (known?.delivered.earlier ?? 'unknown'),
    },
    origin: {
      groups: all(groups, before.groups, known?.origin.groups, marked.groups),
      serviceAccounts: all(accounts, before.users, known?.origin.serviceAccounts, marked.users),
      // Of a vault that nobody has asked, a record must not say that a run made anything there.
      vaultField:
        spec.clientType === 'public'
          ? (known?.origin.vaultField ?? 'unknown')
          : originOf(before.vaultField, known?.origin.vaultField, marked.vaultField),
    },
    ...itemOf(names),
    authentik,
  };
}

/** One that this run makes has no id yet; it bears the job's own mark. */
function itemOf({ vaultItem }: Partial<Pick<Job['names'], 'vaultItem'>>): Pick<RegistrationRecord, 'vaultItem'> {
  const { title, id } = vaultItem ?? {};
  return title === undefined || id === undefined ? {} : { vaultItem: { title, id } };
}

/** What a registration has the job write beyond Authentik. What people configure by hand the job never takes out. */
export function deliveredOf(registration: Registration): Omit<KnownFacts['delivered'], 'earlier'> {
  return {
    consumers: writtenConsumers(registration).map(({ consumer }) => consumer),
    files: [...extraFilePaths(registration)],
  };
}

/** Names that a record says were there before the registration. */
export function adoptedIn(origins: Readonly<Record<string, Origin>>): readonly string[] {
  return Object.entries(origins).flatMap(([name, each]) => (each === 'adopted' ? [name] : []));
}
