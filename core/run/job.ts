import { deliveryOf } from '../kubernetes/delivery.ts';
import type { ValuesBefore } from '../authentik/valuesBefore.ts';
import type { SecretObject } from '../authentik/secretObject.ts';
import type { WantedState } from '../authentik/wantedState.ts';
import { editOf, editsAt, entryName, entryOfValue, type Entry, type OwnPlace } from '../changes/entry.ts';
import type { PlannedEdit } from '../changes/plannedEdit.ts';
import type { LiveDigests } from '../kubernetes/liveParts.ts';
import type { OurResource } from '../kubernetes/ourEntries.ts';
import { type Delivered, deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import type { Standing } from '../policy/judge.ts';
import type { Consumer, Registration } from '../registration/registration.ts';
import type { RemovalSpec } from './removal.ts';
import type { Land } from './steps.ts';

/** What a repair does beyond the steps of a registration. */
export interface Repair {
  /** What had drifted, for people. */
  readonly reasons: readonly string[];
  /** Resources whose live entry is not as the target branch has it: they are deployed though nothing is edited. */
  readonly deploy: readonly OurResource[];
  /** New worker pods: those that are there may hold an older secret. */
  readonly restart: boolean;
  /** The secret itself had changed: consumers need it anew. */
  readonly newSecret: boolean;
  /** Change ids of pending vault fields that runs which ended left beside the field in service. */
  readonly leftovers: readonly string[];
}

/** What was there before the run, without secrets. Undo restores it and deletes only what was absent. */
export interface StateBefore {
  /** False where the run that made the change is gone from Temporal: then nothing is deleted in Authentik. */
  readonly known: boolean;
  readonly vaultField: boolean;
  /** Of a client id that is kept in the vault: whether its field was there. Absent in runs of before any was. */
  readonly clientIdField?: boolean;
  readonly instance: boolean;
  readonly application: boolean;
  readonly provider: boolean;
  /** Names of the asked groups and users that existed. */
  readonly groups: readonly string[];
  readonly users: readonly string[];
  /** Keys of the objects that bear a name of the client's secret, where Authentik has such objects. */
  readonly secrets?: readonly string[];
  /** Of a client that is changed: what Authentik held, for an undo to put back what the old blueprint does not name. */
  readonly values?: ValuesBefore;
  /** Of a client that is changed: what was there before the registration that stands, where that is known. */
  readonly older?: Pick<StateBefore, 'groups' | 'users' | 'vaultField'>;
}

/** Whether the vault had the field of a value before the run. */
export function wasKept(before: Pick<StateBefore, 'vaultField' | 'clientIdField'>, { what }: Delivered): boolean {
  return what === 'secret' ? before.vaultField : before.clientIdField === true;
}

/** The edits of a change, by what they came to. */
interface Edited {
  readonly edits: readonly Pick<PlannedEdit, 'entry' | 'kind'>[];
}

/** Whether this change made an entry, or any of a place; one that stood in the file before is not ours to take out. */
export function changedBy(job: Edited, entry: Entry | OwnPlace): boolean {
  return editsOf(job, entry).some(({ kind }) => kind !== 'alreadyThere');
}

/** Whether this change renders anything for consumers: the record that comes with each change is none of theirs. */
export function rendersFiles(job: Pick<Job, 'edits'>): boolean {
  return job.edits.some(
    ({ step, entry, kind }) =>
      step === 'renderAnsibleFiles' && entry !== entryName('record') && kind !== 'alreadyThere',
  );
}

/** What a step's edits came to, for its report. */
export function editReport({ edits }: Pick<Job, 'edits'>, step: PlannedEdit['step']) {
  const paths = (...kinds: readonly PlannedEdit['kind'][]): readonly string[] => [
    ...new Set(edits.filter((edit) => edit.step === step && kinds.includes(edit.kind)).map(({ path }) => path)),
  ];
  return { created: paths('created'), changed: paths('changed', 'updated'), alreadyRight: paths('alreadyThere') };
}

/** Whether an entry was there already and this change made it say something else. */
export function updatedBy(job: Edited, entry: Entry | OwnPlace): boolean {
  return editsOf(job, entry).some(({ kind }) => kind === 'updated');
}

/** Of a place that a client may have several times, each. */
function editsOf({ edits }: Edited, entry: Entry | OwnPlace): Edited['edits'] {
  return typeof entry === 'string' ? editsAt(edits, entry) : edits.filter((edit) => edit.entry === entryName(entry));
}

/**
 * Whether this change has an entry in a resource at all: a Secret that is mounted whole, or of which `envFrom` makes variables,
 * needs none in the Deployment.
 */
export function editsResource(job: Pick<Job, 'edits'>, holder: OurResource): boolean {
  return holder !== 'deployment' || IN_DEPLOYMENT.some((place) => editsAt(job.edits, place).length > 0);
}

/** Entries that stand in the Deployment. */
const IN_DEPLOYMENT = ['deployment', 'blueprintItem'] as const;

/** Whether this change makes something else of a resource; what stood there before is not ours to take out. */
export function changesResource(job: Edited, holder: OurResource): boolean {
  return (holder === 'deployment' ? IN_DEPLOYMENT : [holder]).some((place) => changedBy(job, place));
}

/**
 * Whether the run itself must make new pods for a value of the client to reach the worker: `envFrom` gives a new key to them alone, and
 * no edit of the Deployment makes any.
 */
export function needsNewPods(job: Pick<Job, 'edits' | 'names' | 'before'>): boolean {
  if (changedBy(job, 'deployment')) return false;
  return deliveredOf(job.names).some(
    (value, i) =>
      deliveryOf(value).frozen &&
      editOf(job.edits, entryOfValue('deployment', i)) === undefined &&
      (!wasKept(job.before, value) || changedBy(job, entryOfValue('externalSecret', i))),
  );
}

/**
 * Whether pods that the landing itself starts may have begun with a value that the key of the Secret held before: deployer and External
 * Secrets work side by side.
 */
export function mayBeginWithFormer(job: Pick<Job, 'edits' | 'names' | 'land' | 'keyStood'>): boolean {
  if (job.land === 'last' || job.keyStood !== true) return false;
  return deliveredOf(job.names).some(
    (value, i) => deliveryOf(value).frozen && changedBy(job, entryOfValue('deployment', i)),
  );
}

/**
 * Whether Authentik's discovery may have pods that are there already apply the blueprint, with a value that the client had before: it
 * comes to them with the landing, before those that the run makes for the new value.
 */
export function meetsOldPods(job: Pick<Job, 'edits' | 'names' | 'before' | 'land' | 'mode'>): boolean {
  return job.land === 'first' && job.mode === 'discovery' && needsNewPods(job);
}

/** Everything a later activity needs. Made once by preflight, so that an edit in mid-run cannot change the job. */
export interface Job {
  readonly client: string;
  readonly changeId: string;
  readonly branch: string;
  /** Commit of the target branch that the edits stand on. */
  readonly base: string;
  /** Of the places at which the run began to work: see `core/installation/destinations.ts`. */
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
    /** Of a client that stands in several sections: the text of each of {@link Names.further}, by its place there. */
    readonly further?: readonly { readonly text: string; readonly hash: string }[];
    /** `asked` is a part of this, the client's blueprint as a whole, where the job is looked at for one section alone. */
    readonly whole?: string;
  };
  readonly wanted: WantedState;
  /** How Authentik kept the client's secret when the run began; absent where it had no objects for that. */
  readonly secretObject?: SecretObject;
  /** apply: the token may create and apply the instance; discovery: Authentik's own discovery must. */
  readonly mode: 'apply' | 'discovery';
  readonly edits: readonly PlannedEdit[];
  readonly before: StateBefore;
  /** Bases that it stood on before the target moved; what is live may still be of the newest of them. */
  readonly formerBases?: readonly string[];
  /** {@link meetsOldPods}. Absent in runs of before it was asked. */
  readonly renewsPods?: true;
  /**
   * The Secret had the client's key before this change, whatever it held; asked where {@link mayBeginWithFormer} goes by it alone. Absent
   * in runs of before it was asked.
   */
  readonly keyStood?: true;
  /** The client has no Schedule and asks for none, so that none is to be reconciled. Absent in runs of before it was asked. */
  readonly unscheduled?: true;
  /** A run that died had begun this change; its work is found by the change id. */
  readonly continued: boolean;
  /** Takes the registration out instead of making it: `edits` then name the entries that go. */
  readonly removal?: RemovalSpec;
  /** Consumers with files alone that the registration named before and no longer does: their entries go with this change. */
  readonly former?: readonly Consumer[];
  /** Consumers of a live system that the registration named before and no longer does: entries and what is live go. */
  readonly formerSecrets?: readonly Consumer[];
  /** The client is registered and has drifted. */
  readonly repair?: Repair;
  /** What was live before the change; absent under `land: first`, without Argo CD, and in histories of before it was kept. */
  readonly live?: Readonly<Partial<Record<OurResource, LiveDigests>>>;
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
