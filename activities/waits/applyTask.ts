import type { Job } from '../../core/run/job.ts';
import type { ApplyTask, BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { isNewer } from '../kit/timestamps.ts';
import type { WaitState } from '../kit/wait.ts';
import type { IsOfText } from '../state/liveSection.ts';

/** How an apply has ended. */
export interface Ended {
  readonly status: string;
  /** What Authentik warned of in an apply that ended well all the same. */
  readonly warned?: string;
}

/** Ended well, still waited for, a reason to apply again, or nothing heard of it for too long. */
export type Verdict = WaitState<Ended> | { readonly again: string } | { readonly unheard: string };

const ENDED: ReadonlySet<string> = new Set(['done', 'error', 'rejected']);

/** Whether an apply of this instance waits or runs, whoever asked for it. */
export async function anyApplyOpen(deps: Deps, instance: string): Promise<boolean> {
  return (await deps.authentik.applyTasks(instance)).some((task) => !ENDED.has(task.state));
}

/** What there was before the newest apply was asked for. */
interface Before {
  /** Ids of the apply tasks. */
  readonly known: readonly string[];
  readonly lastApplied: string;
}

/** The task that ended our request; in discovery mode Authentik's own, which the token may see or not. */
export async function ownTask(
  deps: Deps,
  job: Job,
  instance: BlueprintInstance,
  { known, lastApplied }: Before,
  isOurs: IsOfText,
): Promise<ApplyTask | undefined> {
  const tasks = await deps.authentik.applyTasks(instance.pk);
  const ended = tasks.find((task) => !known.includes(task.id) && ENDED.has(task.state));
  if (ended !== undefined || job.mode === 'apply') return ended;
  const newer = isNewer(instance.lastApplied, lastApplied);
  const ours = newer && (instance.status === 'error' || (await isOurs(instance.lastAppliedHash)));
  return ours ? { id: '', state: 'done', warnings: [], worst: undefined } : undefined;
}

/** How an apply ended, in Authentik's own words. */
export function wordsOf(instance: BlueprintInstance, task: ApplyTask): string {
  const said = task.warnings?.join(' / ') ?? '';
  const words = said === '' ? 'no reason was logged' : said;
  const itself = task.worst === undefined || task.worst === instance.status ? '' : `, and of the apply "${task.worst}"`;
  return `Authentik says "${instance.status}"${itself}: ${words}`;
}
