import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { OTHER_END } from '../../core/authentik/endOfAccess.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import { deliveredOf, filesOf } from '../../core/names/delivered.ts';
import type { ApplyTask, BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { isNewer } from '../kit/timestamps.ts';
import { type WaitState, note, noted, throwIfCancelled, waitUntil } from '../kit/wait.ts';
import { oneInstance } from '../state/authentikState.ts';
import { awaitedText, type IsOfText } from '../state/liveSection.ts';
import { deploymentRef, glanceAtExternalSecret } from '../state/ourResources.ts';
import { waitForRollout } from './rollout.ts';

/** An `error` may be of another apply (discovery, an old pod without the variable): it counts after so many. */
const MAX_APPLIES = 4;

interface Attempt {
  /** Applies asked for so far, the one of syncBlueprint included. */
  applies: number;
  /** Apply tasks that were there before the newest request. */
  known: readonly string[];
  askedAt: number;
  lastApplied: string;
  /** Why the newest apply does not count, in Authentik's own words. */
  words: string;
  /** When the first apply was asked for. Absent in heartbeats of before secrets came by files. */
  since?: number;
}

export interface PollReport extends StepReport {
  /** Secrets by files, and Authentik took the secret at a later apply than the first: when that was asked for. */
  readonly askedAt?: number;
}

type Applied = Pick<PollReport, 'askedAt'> & Outcome & { readonly status: string };

interface Outcome {
  /** What Authentik warned of in an apply that ended well all the same. */
  readonly warned?: string;
}

/** How an apply has ended. */
type Ended = Outcome & { readonly status: string };

/**
 * Waits until any text of the client's blueprint is applied, one section after the other; says what is not yet as it is to be once all
 * are.
 */
export async function pollUntilApplied(
  deps: Deps,
  job: Job,
  asked: ApplyAsked,
  differences: () => Promise<readonly string[]>,
): Promise<Applied> {
  const parts = bySection(job);
  const all: Applied[] = [];
  for (const part of parts) {
    const at = job.names.further?.findIndex(({ blueprintPath }) => blueprintPath === part.names.blueprintPath) ?? -1;
    const isLast = part === parts.at(-1);
    const nothing = async (): Promise<readonly string[]> => [];
    all.push(await pollSection(deps, part, asked.further?.[at] ?? asked, isLast ? differences : nothing));
  }
  const askedAt = Math.max(0, ...all.map((each) => each.askedAt ?? 0));
  const status = all.find((each) => each.status !== 'successful')?.status ?? 'successful';
  const warned = all.flatMap((each) => each.warned ?? []).join(' / ');
  return { status, ...(warned === '' ? {} : { warned }), ...(askedAt === 0 ? {} : { askedAt }) };
}

async function pollSection(
  deps: Deps,
  job: Job,
  asked: ApplyAsked,
  differences: () => Promise<readonly string[]>,
): Promise<Applied> {
  const attempt = resume(job, asked);
  const secret = await fileSecret(deps, job);
  const remedy = `Look at blueprint ${job.names.blueprintPath} in Authentik's admin interface and at the worker's log.`;
  const { status, ...outcome } = await waitUntil<Ended>(
    'Authentik',
    remedy,
    deps.installation.timings.pollMs,
    async () => {
      await assertStillLive(deps, job, ['configMap', 'deployment']);
      const instance = await oneInstance(deps, job.names.blueprintPath);
      const look = await judge(deps, job, instance, attempt, differences);
      if (secret === undefined && 'done' in look) return look;
      if (secret !== undefined && instance !== undefined) {
        const file = await judgeFile({ deps, job, instance, attempt, secret }, look);
        if (file !== 'asItIs') return file;
      }
      if (!('again' in look)) return look;
      attempt.words = look.again;
      if (attempt.applies >= MAX_APPLIES) throw failed(job, attempt);
      await tryAgain(deps, job, instance, attempt);
      return { waiting: `${look.again}; try ${attempt.applies} of ${MAX_APPLIES}` };
    },
  );
  return { status, ...outcome, ...(secret === undefined || attempt.applies === 1 ? {} : { askedAt: attempt.askedAt }) };
}

/** A retry goes on counting where the attempt before stopped. */
function resume(job: Job, asked: ApplyAsked): Attempt {
  const saved = noted()[noteOf(job)] as Attempt | undefined;
  return (
    saved ?? {
      applies: 1,
      known: asked.knownTasks,
      askedAt: temporalNow(),
      lastApplied: asked.lastApplied,
      words: 'silence',
      since: temporalNow(),
    }
  );
}

/**
 * What a file must come to hold, where Authentik reads the secret from one and the job may apply; a new pod's files are new. Files follow
 * the Kubernetes Secret, which has been proven against the vault where it was changed: a vault that is down holds up no undo.
 */
async function fileSecret(deps: Deps, job: Job): Promise<Secret | undefined> {
  const [secret] = deliveredOf(job.names);
  if (secret?.secretFile === undefined || job.mode !== 'apply') return undefined;
  const { targetSecret } = await glanceAtExternalSecret(deps);
  return deps.externalSecrets.secretValue(deps.installation.authentik.namespace, targetSecret, secret.secretKey);
}

/** Under what the attempts of one section of several are noted. */
function noteOf({ names, blueprint }: Job): string {
  return blueprint.whole === undefined ? 'attempt' : `attempt ${names.blueprintPath}`;
}

interface FileAttempt {
  readonly deps: Deps;
  readonly job: Job;
  readonly instance: BlueprintInstance;
  readonly attempt: Attempt;
  readonly secret: Secret;
}

/**
 * The kubelet refreshes the files of a mounted Secret some time after it, in each pod by itself, and nobody can ask a pod for its
 * file. An apply that found none ends as an error, one that found an older one is successful with that. So for a while both are
 * answered by another apply, spaced.
 */
async function judgeFile(
  { deps, job, instance, attempt, secret }: FileAttempt,
  look: WaitState<Ended> | { readonly again: string },
): Promise<WaitState<Ended> | 'asItIs'> {
  if ('waiting' in look) return 'asItIs';
  if ('done' in look) {
    // An apply that is still to run may be run by a pod with an older file.
    if (await anyApplyOpen(deps, instance.pk)) return { waiting: 'another apply of the blueprint has not ended' };
    if ((await deps.authentik.testSecret(job.names.clientId, secret)) === 'right') return look;
  }
  const { applyAgainMs, mountRefreshMs } = deps.installation.timings;
  attempt.words =
    'again' in look
      ? look.again
      : `it is successful, but Authentik refuses the client's secret: ${deliveryOf(job.names).source} of a worker is not what the Secret says`;
  const since = attempt.since ?? attempt.askedAt;
  if (temporalNow() - since > mountRefreshMs) {
    if ('done' in look) throw failed(job, attempt);
    return 'asItIs';
  }
  if (temporalNow() - attempt.askedAt > applyAgainMs) await tryAgain(deps, job, instance, attempt);
  return { waiting: `${attempt.words}; the files of the mounted Secret may not have followed it yet` };
}

/** Whether an apply of this instance waits or runs, whoever asked for it. */
export async function anyApplyOpen(deps: Deps, instance: string): Promise<boolean> {
  return (await deps.authentik.applyTasks(instance)).some((task) => !ENDED.has(task.state));
}

/** Done with the instance's status, still waiting, or a reason to apply again. */
async function judge(
  deps: Deps,
  job: Job,
  instance: BlueprintInstance | undefined,
  attempt: Attempt,
  read: () => Promise<readonly string[]>,
): Promise<WaitState<Ended> | { readonly again: string }> {
  const silent = temporalNow() - attempt.askedAt > deps.installation.timings.applyAgainMs;
  if (instance === undefined) {
    const words = `Authentik has no instance of ${job.names.blueprintPath} yet`;
    return silent ? { again: words } : { waiting: words };
  }
  if (!instance.enabled) throw disabled(instance);
  const isOurs = await awaitedText(deps, job);
  const found = (await afterDiscovery(job, instance, isOurs)) ? await read() : undefined;
  if (found?.length === 0) return { done: { status: instance.status } };
  const task = await ownTask(deps, job, instance, { ...attempt, isOurs });
  if (task === undefined) {
    const words = `our apply of ${job.names.blueprintPath} has not ended`;
    return silent ? { again: words } : { waiting: words };
  }
  if (
    instance.status === 'successful' &&
    isNewer(instance.lastApplied, attempt.lastApplied) &&
    (await isOurs(instance.lastAppliedHash))
  ) {
    // What it logged as an error is none that has ended well; a warning is told, and the read-back decides.
    if (task.worst === 'error') return { again: wordsOf(instance, task) };
    const differences = found ?? (await read());
    if (differences.length > 0) return { again: `successful, but ${differences.join('; ')}` };
    const { status } = instance;
    return { done: { status, ...(task.worst === undefined ? {} : { warned: wordsOf(instance, task) }) } };
  }
  if (instance.status === 'successful')
    return silent ? { again: 'the status is of an older text' } : { waiting: 'the status is of an older text' };
  return { again: wordsOf(instance, task) };
}

/**
 * Discovery applies a text once, and a restart applies nothing while the text is unchanged. Where an old pod without the
 * variable applied it after a new one, the instance says "error" for good, beside our hash: hash and objects are the proof.
 */
async function afterDiscovery(job: Job, instance: BlueprintInstance, isOurs: IsOfText): Promise<boolean> {
  return job.mode === 'discovery' && isOurs(instance.lastAppliedHash);
}

/** The task that ended our request; in discovery mode Authentik's own, which the token may see or not. */
async function ownTask(
  deps: Deps,
  job: Job,
  instance: BlueprintInstance,
  attempt: Attempt & { readonly isOurs: IsOfText },
): Promise<ApplyTask | undefined> {
  const tasks = await deps.authentik.applyTasks(instance.pk);
  const ended = tasks.find((task) => !attempt.known.includes(task.id) && ENDED.has(task.state));
  if (ended !== undefined || job.mode === 'apply') return ended;
  const newer = isNewer(instance.lastApplied, attempt.lastApplied);
  const ours = newer && (instance.status === 'error' || (await attempt.isOurs(instance.lastAppliedHash)));
  return ours ? { id: '', state: 'done', warnings: [], worst: undefined } : undefined;
}

const ENDED: ReadonlySet<string> = new Set(['done', 'error', 'rejected']);

function wordsOf(instance: BlueprintInstance, task: ApplyTask): string {
  const said = task.warnings?.join(' / ') ?? '';
  const words = said === '' ? 'no reason was logged' : said;
  const itself = task.worst === undefined || task.worst === instance.status ? '' : `, and of the apply "${task.worst}"`;
  return `Authentik says "${instance.status}"${itself}: ${words}`;
}

async function tryAgain(
  deps: Deps,
  job: Job,
  instance: BlueprintInstance | undefined,
  attempt: Attempt,
): Promise<void> {
  throwIfCancelled();
  attempt.applies += 1;
  attempt.askedAt = temporalNow();
  if (instance !== undefined) {
    // What was tried before says nothing about the next try.
    attempt.known = (await deps.authentik.applyTasks(instance.pk)).map((task) => task.id);
    attempt.lastApplied = instance.lastApplied;
  }
  note({ [noteOf(job)]: { ...attempt } });
  if (job.mode === 'apply' && instance !== undefined) {
    await deps.authentik.apply(instance.pk);
    return;
  }
  await deps.deployments.restart(deploymentRef(deps), `${job.changeId}-${attempt.applies}`);
  await waitForRollout(deps, job);
  attempt.askedAt = temporalNow();
}

function failed(job: Job, attempt: Attempt): RegistrarError {
  const noEnd = attempt.words.includes(OTHER_END);
  const follows = filesOf(job.names).map(
    (file) => ` See that ${file} is there in every worker and follows the Secret.`,
  );
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Failed',
    message: `blueprint ${job.names.blueprintPath} was applied ${attempt.applies} times and never ended well: ${attempt.words}`,
    remedy: noEnd
      ? 'This Authentik took over no end of access from the blueprint: take "until" out of spec.access, and end the access by hand.'
      : `Mend what Authentik names; a "KeyOf" sentence hides the true one, which stands in the worker log.${follows.join('')}`,
  });
}

function disabled(instance: BlueprintInstance): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `blueprint instance "${instance.name}" (${instance.path}) was disabled`,
    remedy: 'Enable it in the admin interface, Customization > Blueprints, then start again.',
  });
}
