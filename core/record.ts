import { stringify } from 'yaml';
import { z } from 'zod';
import type { EditOutcome } from './edits/edit.ts';
import type { FileEdit } from './clientEdits/fileEdit.ts';
import { extraFilePaths } from './extraFiles.ts';
import type { Installation } from './installation.ts';
import { clientName, consumer, type Registration } from './registration.ts';
import type { Job } from './run.ts';
import { RECORD_SUFFIX } from './schemaParts.ts';
import { own } from './own.ts';

/**
 * What a run leaves in Git beside the registration, for what no system shows: where the secret was brought, and what was there
 * before. It is a claim, never a proof: it can make the job keep more, and never delete more.
 */

/**
 * - `made`: a run of the client made it.
 * - `adopted`: it was there when the registration first asked for it.
 * - `unknown`: it was there, and nothing tells since when.
 */
const originSchema = z.enum(['made', 'adopted', 'unknown']);
export type Origin = z.output<typeof originSchema>;

export const recordSchema = z.object({
  apiVersion: z.literal('oidc-registrar/v1'),
  kind: z.literal('OidcClientRecord'),
  metadata: z.object({ name: clientName }),
  delivered: z.object({
    consumers: z.array(consumer).describe('Consumers whose entries the job wrote, as their registration said it'),
    files: z.array(z.string()).describe('Further files of the registration'),
    earlier: z
      .enum(['known', 'unknown'])
      .describe('unknown: when this was written first, nothing told what the client had been registered with'),
  }),
  origin: z
    .object({
      groups: z.record(z.string(), originSchema),
      serviceAccounts: z.record(z.string(), originSchema),
      vaultField: originSchema,
    })
    .describe('made, adopted (it was there before) or unknown'),
  authentik: z.string().describe('Version of Authentik that it was registered with or changed under'),
});

export type RegistrationRecord = z.output<typeof recordSchema>;

/** What is known of a client that no system shows: from its record, or from an earlier run's history where it has none. */
export type KnownFacts = Pick<RegistrationRecord, 'delivered' | 'origin'>;

/** Names the edit of the record within a job. */
export const RECORD_ENTRY = 'record';

/** No worker reads a file of this name as a registration, and neither kustomize nor Argo CD as a manifest. */
export function recordPath({ gitops }: Pick<Installation, 'gitops'>, client: string): string {
  return `${gitops.registrations}/${client}${RECORD_SUFFIX}`;
}

const HEADER = `# Written by oidc-registrar, for what it can read nowhere else. It keeps things from being deleted and proves nothing:
# without it the job deletes less. It comes, changes and goes with the client's own changes.
`;

export function renderRecord(record: RegistrationRecord): string {
  return HEADER + stringify(record, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The edit that writes the record, and the ways back: the text from before the change, or none. */
export function recordEdit(path: string, wanted: string): FileEdit {
  const written: EditOutcome = { kind: 'changed', text: wanted, splices: [], inverse: [] };
  return {
    step: 'renderAnsibleFiles',
    entry: RECORD_ENTRY,
    path,
    mayCreate: true,
    makeFirst: '',
    add: (found) => {
      if (found === undefined) return written;
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    update: () => written,
    // Whatever it says by then: without its registration it is of no use.
    remove: () => 'delete',
    restore: (text, origin) =>
      text === origin ? { kind: 'alreadyThere', text } : { kind: 'changed', text: origin, splices: [], inverse: [] },
  };
}

export interface RecordInput {
  readonly job: Pick<Job, 'registration' | 'before' | 'edits' | 'continued'>;
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
  const { registration, before } = job;
  const { spec, metadata } = registration;
  const section = job.edits.find(({ entry }) => entry === 'configMap')?.kind;
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
      vaultField: originOf(before.vaultField, known?.origin.vaultField, marked.vaultField),
    },
    authentik,
  };
}

/** What a registration has the job write beyond Authentik. What people configure by hand the job never takes out. */
export function deliveredOf(registration: Registration): Omit<KnownFacts['delivered'], 'earlier'> {
  return {
    consumers: registration.spec.consumers.filter(({ kind }) => kind !== 'manual'),
    files: [...extraFilePaths(registration)],
  };
}

/** Names that a record says were there before the registration. */
export function adoptedIn(origins: Readonly<Record<string, Origin>>): readonly string[] {
  return Object.entries(origins).flatMap(([name, each]) => (each === 'adopted' ? [name] : []));
}
