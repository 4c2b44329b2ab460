import type { SystemName } from '../base/errors.ts';
import type { DeployBy } from '../installation/deployers.ts';
import type { Timings } from '../installation/timings.ts';
import type { NoticeKind } from '../installation/notice.ts';
import type { Pages } from './links.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { Land } from './steps.ts';

/**
 * `{"client": "zot"}`, or a whole registration inline. With `repair` a registered client that has drifted is brought back to what
 * is asked for, where it is refused otherwise. With `takeBack` a change that an earlier run left half-done is taken back instead of
 * finished. Not both.
 */
export type RegisterInput =
  | { readonly client: string; readonly repair?: boolean; readonly takeBack?: boolean }
  | RegistrationInput;

/** What a workflow must know of the installation before it can plan its own time. */
export interface InstallationSummary {
  /** Of the whole configuration: later activities refuse a worker that has another. */
  readonly digest: string;
  readonly land: Land;
  /** Absent in histories of before there was a choice: Argo CD. */
  readonly deployBy?: DeployBy;
  /** At which the turn is taken; none where Argo CD does not deploy. */
  readonly applications: readonly string[];
  readonly timings: Timings;
  /** The vault's name; absent in histories of before there was a choice. */
  readonly vault?: SystemName;
  /** Where each system is, in words for people; absent in histories of before it was told. */
  readonly places?: Readonly<Record<'repository' | 'vault' | 'cluster' | 'authentik' | 'turn', string>>;
  /** Pages that people open; absent in histories of before they were told. */
  readonly pages?: Pages;
  /** The server knows the search attribute OidcClient. Asked by an activity, so that a replay agrees. */
  readonly searchable: boolean;
  /** The server knows the search attributes OidcPhase and OidcOutcome, too; absent in histories of before there were these. */
  readonly phases?: boolean;
  /** How many clients are checked side by side. Absent in histories of before it was a setting. */
  readonly checksAtOnce?: number;
  /** `PATCHES` of the release that began the run. Absent in histories of before they were told so, which have markers. */
  readonly patches?: readonly string[];
  /** What is amiss, though runs do without it. Absent in histories of before there were such. */
  readonly warnings?: readonly string[];
  /** Undefined where nobody is to be told anything. */
  readonly notify?: { readonly on: readonly NoticeKind[]; readonly afterMs: number };
}

export interface TurnRequest {
  readonly client: string;
  readonly changeId: string;
  readonly digest: string;
  /** False for a rotation, which deploys no object: what a dead run of another client left live stays as it is. */
  readonly deploys?: false;
}

export interface TurnRelease {
  readonly client: string;
  /** Only where the turn is held under this change id; whatever its id where undefined. */
  readonly changeId?: string;
  readonly digest: string;
}

export interface PreflightRequest {
  readonly input: RegisterInput;
  readonly client: string;
  readonly changeId: string;
  readonly digest: string;
}

/** What was known of the blueprint's instance when syncBlueprint asked for the apply. */
export interface ApplyAsked {
  /** Undefined in discovery mode before discovery has made the instance. */
  readonly instance: string | undefined;
  /** Ids of the apply tasks that were there before. */
  readonly knownTasks: readonly string[];
  /** Raw last_applied before. */
  readonly lastApplied: string;
  /** Of a client that stands in several sections: the same of each of {@link Names.further}, by its place there. */
  readonly further?: readonly ApplyAsked[];
}

/** Under which change id the run goes on: its own, or that of a dead run of the same client. */
export interface Turn {
  readonly changeId: string;
  readonly note: string;
}
