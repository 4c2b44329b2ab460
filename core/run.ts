import type { DeployBy } from './deployBy.ts';
import type { EntryHolder } from './entries.ts';
import type { EditStep } from './fileChanges.ts';
import type { Installation, Timings } from './installation.ts';
import type { LiveDigests } from './liveParts.ts';
import type { NoticeKind } from './notice.ts';
import type { Standing } from './policy/judge.ts';
import type { AnsibleConsumer, ExternalSecretConsumer, Registration, RegistrationInput } from './registration.ts';
import type { RemovalSpec } from './removal.ts';
import type { Names } from './resolve.ts';
import type { ValuesBefore } from './valuesBefore.ts';
import type { WantedState } from './wantedState.ts';

/** The steps of a registration, by the names that people see. */
export const STEPS = [
  'acquireTurn',
  'preflight',
  'generateSecret',
  'storeSecret',
  'patchExternalSecret',
  'syncBlueprint',
  'pollBlueprintStatus',
  'renderAnsibleFiles',
  'verifyRegistration',
  'landChange',
  'cleanUp',
] as const;
/** Only where a consumer has an ExternalSecret of its own. */
export const DELIVER_STEP = 'deliverToConsumers';
/** Only where a person runs a consumer's playbook before the registration ends. */
export const CONFIRM_STEP = 'confirmConsumers';
export type ExtraStep = typeof DELIVER_STEP | typeof CONFIRM_STEP;
export type StepName = (typeof STEPS)[number] | ExtraStep;

/** With `land: first` the change lands before anything is deployed, and no turn is taken. `extra` steps come before the verification. */
export function stepsInOrder(land: Land, extra: readonly ExtraStep[] = []): readonly StepName[] {
  const all = STEPS.flatMap((step): readonly StepName[] => (step === 'verifyRegistration' ? [...extra, step] : [step]));
  if (land === 'last') return all;
  const rest = all.filter((step) => step !== 'acquireTurn' && step !== 'landChange');
  const at = rest.indexOf('storeSecret') + 1;
  return [...rest.slice(0, at), 'landChange', ...rest.slice(at)];
}

export type Land = Installation['gitops']['land'];

/**
 * `{"client": "zot"}`, or a whole registration inline. With `repair` a registered client that has drifted is brought back to what
 * is asked for, where it is refused otherwise. With `takeBack` a change that an earlier run left half-done is taken back instead of
 * finished. Not both.
 */
export type RegisterInput =
  | { readonly client: string; readonly repair?: boolean; readonly takeBack?: boolean }
  | RegistrationInput;

/** What a repair does beyond the steps of a registration. */
export interface Repair {
  /** What had drifted, for people. */
  readonly reasons: readonly string[];
  /** Resources whose live entry is not as the target branch has it: they are deployed though nothing is edited. */
  readonly deploy: readonly EntryHolder[];
  /** New worker pods: those that are there may hold an older secret. */
  readonly restart: boolean;
  /** The secret itself had changed: consumers need it anew. */
  readonly newSecret: boolean;
  /** Change ids of pending vault fields that runs which ended left beside the field in service. */
  readonly leftovers: readonly string[];
}

/** What a workflow must know of the installation before it can plan its own time. */
export interface InstallationSummary {
  /** Of the whole configuration: later activities refuse a worker that has another. */
  readonly digest: string;
  readonly land: Land;
  /** Absent in histories of before there was a choice: Argo CD. */
  readonly deployBy?: DeployBy;
  /** Where the turn is kept: the Application, or without Argo CD the Deployment. */
  readonly applications: readonly string[];
  readonly timings: Timings;
  /** Where each system is, in words for people; absent in histories of before it was told. */
  readonly places?: Readonly<Record<'repository' | 'vault' | 'cluster' | 'authentik' | 'turn', string>>;
  /** The server knows the search attribute OidcClient. Asked by an activity, so that a replay agrees. */
  readonly searchable: boolean;
  /** What is amiss, though runs do without it. Absent in histories of before there were such. */
  readonly warnings?: readonly string[];
  /** Undefined where nobody is to be told anything. */
  readonly notify?: { readonly on: readonly NoticeKind[]; readonly afterMs: number };
}

export interface TurnRequest {
  readonly client: string;
  readonly changeId: string;
  readonly digest: string;
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
}

/** Under which change id the run goes on: its own, or that of a dead run of the same client. */
export interface Turn {
  readonly changeId: string;
  readonly note: string;
}

/** What was there before the run, without secrets. Undo restores it and deletes only what was absent. */
export interface StateBefore {
  /** False where the run that made the change is gone from Temporal: then nothing is deleted in Authentik. */
  readonly known: boolean;
  readonly vaultField: boolean;
  readonly instance: boolean;
  readonly application: boolean;
  readonly provider: boolean;
  /** Names of the asked groups and users that existed. */
  readonly groups: readonly string[];
  readonly users: readonly string[];
  /** Of a client that is changed: what Authentik held, for an undo to put back what the old blueprint does not name. */
  readonly values?: ValuesBefore;
  /** Of a client that is changed: what was there before the registration that stands, where that is known. */
  readonly older?: Pick<StateBefore, 'groups' | 'users' | 'vaultField'>;
}

export type { EditStep };

export interface PlannedEdit {
  readonly step: EditStep;
  /** Names the edit within the job, as `externalSecret`: several may share a file. */
  readonly entry: string;
  readonly path: string;
  /** `updated`: an entry of this client was there and said something else; its old text is that of the job's base. */
  readonly kind: 'changed' | 'created' | 'updated' | 'alreadyThere';
}

/** Whether this change made an entry; one that stood in the file before is not ours to take out. */
export function addedBy(job: Pick<Job, 'edits'>, entry: string): boolean {
  return job.edits.some((edit) => edit.entry === entry && edit.kind !== 'alreadyThere');
}

/** Whether this change renders anything for consumers: the record that comes with each change is none of theirs. */
export function rendersFiles(job: Pick<Job, 'edits'>): boolean {
  return job.edits.some(
    ({ step, entry, kind }) => step === 'renderAnsibleFiles' && entry !== 'record' && kind !== 'alreadyThere',
  );
}

/** Whether an entry was there already and this change made it say something else. */
export function updatedBy(job: Pick<Job, 'edits'>, entry: string): boolean {
  return job.edits.some((edit) => edit.entry === entry && edit.kind === 'updated');
}

/** Whether this change has an entry in a resource at all: a Secret that is mounted whole needs none in the Deployment. */
export function touches(job: Pick<Job, 'edits' | 'names'>, holder: EntryHolder): boolean {
  if (holder !== 'deployment' || job.names.secretFile === undefined) return true;
  return job.edits.some((edit) => edit.entry === holder);
}

/** Everything a later activity needs. Made once by preflight, so that an edit in mid-run cannot change the job. */
export interface Job {
  readonly client: string;
  readonly changeId: string;
  readonly branch: string;
  /** Commit of the target branch that the edits stand on. */
  readonly base: string;
  readonly digest: string;
  readonly land: Land;
  /** Undefined where the job itself pushes to the target branch. */
  readonly landBy?: 'pullRequest';
  readonly registration: Registration;
  readonly names: Names;
  /** The blueprint's text and the sha512 that Authentik will report of it. */
  readonly blueprint: {
    readonly text: string;
    readonly hash: string;
    /** What the registration asks for in our own words, where the section that is there says it in others. */
    readonly asked?: string;
  };
  readonly wanted: WantedState;
  /** apply: the token may create and apply the instance; discovery: Authentik's own discovery must. */
  readonly mode: 'apply' | 'discovery';
  readonly edits: readonly PlannedEdit[];
  readonly before: StateBefore;
  /** Bases that it stood on before the target moved; what is live may still be of the newest of them. */
  readonly formerBases?: readonly string[];
  /** A run that died had begun this change; its work is found by the change id. */
  readonly continued: boolean;
  /** Takes the registration out instead of making it: `edits` then name the entries that go. */
  readonly removal?: RemovalSpec;
  /** Consumers that the registration named before and no longer does: their entries go with this change. */
  readonly former?: readonly AnsibleConsumer[];
  /** The same, of consumers with an ExternalSecret of their own. */
  readonly formerSecrets?: readonly ExternalSecretConsumer[];
  /** The client is registered and has drifted. */
  readonly repair?: Repair;
  /** What was live before the change; absent under `land: first`, without Argo CD, and in histories of before it was kept. */
  readonly live?: Readonly<Partial<Record<EntryHolder, LiveDigests>>>;
  /** Text of the client's record, where this change writes it. Absent in runs of before there was one. */
  readonly record?: string;
  /** What stood of the registration before this run, by which the policy judges it again before it lands. */
  readonly stood?: Standing & { readonly inline: boolean };
}

export interface Plan {
  readonly job: Job;
  /** Nothing to do: files, vault, clusters and Authentik are as asked. */
  readonly unchanged: boolean;
  readonly warnings: readonly string[];
  readonly remaining: readonly string[];
}

/** What one step did, in words for people. */
export interface StepReport {
  readonly created?: readonly string[];
  readonly changed?: readonly string[];
  readonly alreadyRight?: readonly string[];
  readonly warnings?: readonly string[];
  readonly note?: string;
}

/** The vault field that generateSecret made, or found that an earlier attempt had made; undefined where one is adopted. */
export interface MadeField {
  readonly fieldId?: string;
}

/** Something an undo left, with the command or action that finishes by hand. */
export interface Kept {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** What one compensation did. `blocks`: what was undone before it in the order of making must be kept, for it is still in use. */
export interface Undone {
  readonly undone: readonly string[];
  readonly kept: readonly Kept[];
  readonly blocks: boolean;
  /** Where a person finishes it, such as the address of a pull request that takes the change back. */
  readonly pending?: string;
}

/** Where the target branch stands for this change. */
export type Landing =
  | { readonly state: 'landed'; readonly commit: string; readonly warnings?: readonly string[] }
  /** `kept`: people merged a part of it, or in other words; that part stays. */
  | { readonly state: 'notLanded'; readonly kept?: readonly Kept[] };

/**
 * What landing did: landed; or proposed, as a branch that people merge; or the target had moved under what we deployed and
 * the branch stands on a new base; or it had moved under what is proposed, which is to be made anew.
 */
export type LandResult =
  | { readonly state: 'landed'; readonly commit: string | undefined; readonly note: string }
  | { readonly state: 'proposed'; readonly proposal: Proposal; readonly note: string }
  | { readonly state: 'moved'; readonly note: string }
  | {
      readonly state: 'rebased';
      readonly base: string;
      readonly edits: readonly PlannedEdit[];
      /** Where people have changed the section that the run changes too. */
      readonly blueprint?: Job['blueprint'];
      readonly note: string;
    };

/** A change that waits for people on a branch. */
export interface Proposal {
  readonly branch: string;
  readonly commit: string;
  /** The pull request, or where one is opened; undefined where the forge is not known. */
  readonly address?: string;
  /** Why the job could not open the pull request itself. */
  readonly trouble?: string;
}

export interface UndoReport {
  readonly undone: readonly string[];
  readonly kept: readonly Kept[];
  /** Undefined where the undo waits for nobody. */
  readonly pending?: string;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface RegisterResult {
  readonly client: string;
  readonly changeId: string;
  readonly outcome: 'registered' | 'repaired' | 'unchanged' | 'takenBack';
  /** Commit of the target branch that holds the registration; undefined where nothing was committed. */
  readonly commit: string | undefined;
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly alreadyRight: readonly string[];
  readonly kept: readonly string[];
  readonly warnings: readonly string[];
  /** What people still have to do. */
  readonly remaining: readonly string[];
  /** The verification points, each as it was proven. */
  readonly checks: readonly Check[];
}

export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'undone' | 'kept' | 'skipped';

export interface StepProgress {
  readonly name: string;
  readonly state: StepState;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly note?: string;
}

export interface ProgressView {
  readonly client: string;
  readonly phase:
    | 'registering'
    | 'rotating'
    | 'deregistering'
    /** Past the point of no return: what is under way is finished, whatever is asked. */
    | 'forwardOnly'
    | 'undoing'
    | 'finished'
    | 'undone'
    | 'undoStopped';
  readonly steps: readonly StepProgress[];
  /** A refusal that may pass, and that the run waits out just now. */
  readonly waitsFor?: string;
  readonly warnings: readonly string[];
  readonly kept: readonly Kept[];
}

/** The one workflow id under which a client is changed. */
export function canonicalWorkflowId(client: string): string {
  return `oidc-client/${client}`;
}
