import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import { isNewer } from '../kit/timestamps.ts';
import { waitUntil } from '../kit/wait.ts';
import { oneInstance } from '../state/authentikState.ts';
import { awaitedText, type IsOfText } from '../state/liveSection.ts';
import { Applies } from './applies.ts';
import { type Ended, ownTask, type Verdict, wordsOf } from './applyTask.ts';
import { fileSecret, judgeFile } from './mountedFile.ts';

export interface PollReport extends StepReport {
  /** Secrets by files, and Authentik took the secret at a later apply than the first: when that was asked for. */
  readonly askedAt?: number;
}

type Applied = Pick<PollReport, 'askedAt'> & Ended;

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
  const applies = new Applies(deps, job, asked);
  const secret = await fileSecret(deps, job);
  const remedy = `Look at blueprint ${job.names.blueprintPath} in Authentik's admin interface and at the worker's log.`;
  const ended = await waitUntil<Ended>('Authentik', remedy, deps.installation.timings.pollMs, async () => {
    await assertStillLive(deps, job, ['configMap', 'deployment']);
    const instance = await oneInstance(deps, job.names.blueprintPath);
    const look = await judge(deps, job, instance, applies, differences);
    if (secret === undefined && 'done' in look) return look;
    if (secret !== undefined && instance !== undefined) {
      const file = await judgeFile({ deps, job, instance, applies, secret }, look);
      if (file !== 'asItIs') return file;
    }
    if ('unheard' in look) return { waiting: `${look.unheard}; ${await applies.unheard(instance, look.unheard)}` };
    if (!('again' in look)) return look;
    return { waiting: `${look.again}; ${await applies.again(instance, look.again)}` };
  });
  const askedAt = secret === undefined ? undefined : applies.askedAgainAt;
  return { ...ended, ...(askedAt === undefined ? {} : { askedAt }) };
}

/** How the newest apply stands, by the blueprint's instance, its task and the read-back. */
async function judge(
  deps: Deps,
  job: Job,
  instance: BlueprintInstance | undefined,
  applies: Applies,
  read: () => Promise<readonly string[]>,
): Promise<Verdict> {
  const stillTo = (words: string): Verdict => (applies.isSilent ? { unheard: words } : { waiting: words });
  if (instance === undefined) return stillTo(`Authentik has no instance of ${job.names.blueprintPath} yet`);
  if (!instance.enabled) throw disabled(instance);
  const isOurs = await awaitedText(deps, job);
  const found = (await afterDiscovery(job, instance, isOurs)) ? await read() : undefined;
  if (found?.length === 0) return { done: { status: instance.status } };
  const task = await ownTask(deps, job, instance, applies.before, isOurs);
  if (task === undefined) return stillTo(`our apply of ${job.names.blueprintPath} has not ended`);
  if (
    instance.status === 'successful' &&
    isNewer(instance.lastApplied, applies.before.lastApplied) &&
    (await isOurs(instance.lastAppliedHash))
  ) {
    // What it logged as an error is none that has ended well; a warning is told, and the read-back decides.
    if (task.worst === 'error') return { again: wordsOf(instance, task) };
    const differences = found ?? (await read());
    if (differences.length > 0) return { again: `successful, but ${differences.join('; ')}` };
    const { status } = instance;
    return { done: { status, ...(task.worst === undefined ? {} : { warned: wordsOf(instance, task) }) } };
  }
  if (instance.status === 'successful') {
    const words = 'the status is of an older text';
    return applies.isSilent ? { again: words } : { waiting: words };
  }
  return { again: wordsOf(instance, task) };
}

/**
 * Discovery applies a text once, and a restart applies nothing while the text is unchanged. Where an old pod without the
 * variable applied it after a new one, the instance says "error" for good, beside our hash: hash and objects are the proof.
 */
async function afterDiscovery(job: Job, instance: BlueprintInstance, isOurs: IsOfText): Promise<boolean> {
  return job.mode === 'discovery' && isOurs(instance.lastAppliedHash);
}

function disabled(instance: BlueprintInstance): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `blueprint instance "${instance.name}" (${instance.path}) was disabled`,
    remedy: 'Enable it in the admin interface, Customization > Blueprints, then start again.',
  });
}
