import type { SystemName } from '../base/errors.ts';
import type { Registration } from '../registration/registration.ts';
import type { Names } from '../names/names.ts';
import type { Job } from '../run/job.ts';
import type { SecretObject } from '../authentik/secretObject.ts';
import type { WantedState } from '../authentik/wantedState.ts';

/**
 * - `drift`: not as asked.
 * - `alarm`: not as asked, and somebody may sign in, or do, what was never asked for.
 * - `inProgress`: not as asked, and a run that is open explains it.
 * - `notice`: all is as asked, but something that helps the job is missing, or today's policy would refuse what stands.
 * - `unreadable`: a system could not be looked at; what it holds is unknown.
 */
export type Severity = 'drift' | 'alarm' | 'inProgress' | 'notice' | 'unreadable';

/** One thing that a check found. It holds no secret. */
export interface Finding {
  readonly system: SystemName;
  readonly severity: Severity;
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
  /** What a person can do about it: a command where there is one. */
  readonly remedy: string;
}

/** A finding as the reading of one system gives it, before it is held against the runs that are open. */
export interface Seen extends Finding {
  /** What is shared with other clients may be the doing of any client's run; undefined: only of this client's. */
  readonly passing?: 'anyRun';
  /** A repair is the remedy, or one of its ways. */
  readonly byRepair?: true;
}

/** What a person can do about a finding, and whether a repair does it. */
export type Remedy = Pick<Seen, 'remedy' | 'byRepair'>;

/** A remedy that is a repair of the client; `said` puts its command into a sentence. */
export function byRepair(client: string, said: (command: string) => string = (command) => command): Remedy {
  return { remedy: said(repairCommand(client)), byRepair: true };
}

/** What the reading of one system gave. */
export interface CheckReport {
  /** Something of the client is there: where nothing is anywhere, it was never registered. */
  readonly present: boolean;
  readonly findings: readonly Seen[];
  /** What must be done before any repair, which is refused until then. */
  readonly repairRefused?: string;
  /** What `repairRefused` says, in looks of workers whose findings do not say `byRepair`. */
  readonly beforeRepair?: string;
  /** When the secret was rotated last, where this look saw it. */
  readonly rotatedAt?: string;
}

export interface CheckInput {
  readonly client: string;
}

export interface CheckResult {
  readonly client: string;
  /** Nothing drifted, and every system could be read. What an open run explains does not count. */
  readonly ok: boolean;
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** How many there are of each severity, where that is more than `findings` has room for. */
  readonly counts?: Readonly<Partial<Record<Severity, number>>>;
  /** When the secret was rotated last, as ISO 8601; undefined where it never was, or the vault could not be read. */
  readonly rotatedAt?: string;
}

export interface CheckAllResult {
  readonly ok: boolean;
  /** Of each its worst findings; all of them has its own check, a child of this workflow. */
  readonly clients: readonly CheckResult[];
  /** So many more there is no room for; none of them is worse off than those that are told. */
  readonly leftOut?: number;
}

/** What a run of the check of all clients hands to the next one, for a history has room for so many only. */
export interface CheckedSoFar extends Pick<CheckAllResult, 'clients' | 'leftOut'> {
  /** The last client by name that was checked. */
  readonly after: string;
  /** Clients of each run. */
  readonly perRun: number;
}

export interface CheckRequest {
  readonly client: string;
  readonly digest: string;
}

/** What every reading starts from: the registration at the target branch's head, and what it asks for. */
export interface CheckBasis {
  readonly client: string;
  readonly digest: string;
  /** Head of the target branch. */
  readonly base: string;
  readonly registration: Registration;
  readonly names: Names;
  readonly wanted: WantedState;
  readonly secretObject?: SecretObject;
  /** As this version of the job renders it for the Authentik that is there; undefined where that could not be asked. */
  readonly blueprint: Job['blueprint'] | undefined;
  /** Workflow ids of the runs that are open. */
  readonly open: readonly string[];
}

/** How often a system is asked before it counts as unreadable. */
export const READ_TRIES = 3;

/** The command that mends what the job can mend. */
export function repairCommand(client: string): string {
  return `oidc-registrar repair ${client}`;
}
