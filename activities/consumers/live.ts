import { RegistrarError } from '../../core/base/errors.ts';
import { formerConsumers, type WrittenConsumer, writtenConsumers } from '../../core/consumers/consumersOf.ts';
import type { Consumer, Registration } from '../../core/registration/registration.ts';
import { directionOf } from '../../core/run/direction.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Check } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/order.ts';
import type { Deps } from '../deps.ts';
import { entriesNotLive } from '../deploy/stillLive.ts';
import { LIVE_KINDS } from './kinds.ts';
import type { LiveConsumer, LiveKind, RepositoryFiles } from './liveConsumer.ts';

export function liveKindOf(consumer: Consumer): LiveKind | undefined {
  return LIVE_KINDS.find(({ kind }) => kind === consumer.kind);
}

/** Consumers that a run itself brings the secret to. */
export function liveConsumersOf(deps: Deps, job: Pick<Job, 'registration' | 'names'>): readonly LiveConsumer[] {
  return writtenConsumers(job.registration).flatMap((each) => liveOf(deps, job, each));
}

/** Consumers that the registration no longer names, as far as their files go with this change. */
export function formerLiveConsumersOf(
  deps: Deps,
  job: Pick<Job, 'names' | 'former' | 'formerSecrets' | 'edits'>,
): readonly LiveConsumer[] {
  return formerConsumers(job)
    .flatMap((each) => liveOf(deps, job, each))
    .filter(({ entry }) => changedBy(job, entry));
}

function liveOf(
  deps: Deps,
  { names }: Pick<Job, 'names'>,
  { consumer, written, index, entry }: WrittenConsumer,
): readonly LiveConsumer[] {
  const at = { index, entry: entry(written.readsField) };
  const live = liveKindOf(consumer)?.live?.(deps, names, consumer, at);
  return live === undefined ? [] : [live];
}

/** What a run would refuse of a registration's consumers that files alone tell. Each throws what it finds wrong. */
export function looksAtFiles(
  deps: Pick<Deps, 'installation'>,
  { registration, names }: Pick<Job, 'registration' | 'names'>,
  others: readonly Registration[],
): readonly (() => void | Promise<void>)[] {
  return writtenConsumers(registration).flatMap(({ consumer, written, index, entry }) => {
    const at = { index, entry: entry(written.readsField), others };
    return liveKindOf(consumer)?.looksAtFiles?.(deps, names, consumer, at) ?? [];
  });
}

/** What of the repository may surprise people about the consumers of a registration. */
export async function consumerWarnings(
  deps: RepositoryFiles,
  { spec }: Registration,
  commit: string,
): Promise<readonly string[]> {
  const looks = spec.consumers.map(async (consumer) => liveKindOf(consumer)?.warnings?.(deps, consumer, commit));
  return (await Promise.all(looks)).flatMap((warnings) => warnings ?? []);
}

/** What the worker's machine lacks for any kind of consumer. Throws `NotFound` where runs would be refused for it. */
export async function missingTools(deps: Pick<Deps, 'installation' | 'ansible'>): Promise<readonly string[]> {
  const lacking = await Promise.all(LIVE_KINDS.map(async ({ lacksTools }) => lacksTools?.(deps)));
  return lacking.flatMap((warnings) => warnings ?? []);
}

/** Whether the job renders files that somebody has to bring to a consumer. */
export function renders(job: Pick<Job, 'registration'>): boolean {
  return writtenConsumers(job.registration).some(({ written }) => written.step === 'renderAnsibleFiles');
}

/** What the files that were written at a commit do not prove. Throws `Failed` where they are broken. */
export async function fileWarnings(deps: Deps, job: Job, commit: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const { kind, checkFiles } of LIVE_KINDS) {
    const consumers = job.registration.spec.consumers.filter((consumer) => consumer.kind === kind);
    if (consumers.length > 0) warnings.push(...((await checkFiles?.(deps, job, commit, consumers)) ?? []));
  }
  return warnings;
}

/** Under `land: last` what we deployed, or took away, is not on the target branch yet: a sync undoes it. Throws `Refused`. */
export async function assertStillDelivered(deps: Deps, job: Job): Promise<void> {
  if (!orderOf(job).ahead) return;
  for (const consumer of liveConsumersOf(deps, job)) {
    const wrong = await otherwise(job, consumer);
    if (wrong === undefined) continue;
    throw new RegistrarError({
      system: 'Kubernetes',
      kind: 'Refused',
      message: `${wrong}: somebody changed it since this run deployed it`,
      remedy: 'Start again when nobody else deploys there; a run takes a few minutes.',
    });
  }
}

/** `land: last`: a full sync before the merge takes away what is only on our branch, and the merge brings it to Git alone. */
export async function mergedButNotLive(deps: Deps, job: Job): Promise<readonly string[]> {
  if (!orderOf(job).ahead) return [];
  return [...(await entriesNotLive(deps, job)), ...(await consumersNotLive(deps, job))];
}

async function consumersNotLive(deps: Deps, job: Job): Promise<readonly string[]> {
  const looks = liveConsumersOf(deps, job).map(async (consumer) => otherwise(job, consumer));
  const found = (await Promise.all(looks)).filter((wrong) => wrong !== undefined);
  return found.map((wrong) => `merged, but ${wrong}: sync it from the target branch`);
}

/** As a sentence, that a consumer is not as the change leaves it. */
function otherwise(job: Job, consumer: LiveConsumer): Promise<string | undefined> {
  return directionOf(job).brings ? consumer.missing() : consumer.lingering();
}

/** Proofs that every consumer holds the secret, each by a look of its own. */
export async function consumerChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  return Promise.all(
    liveConsumersOf(deps, job).map(async (consumer) => {
      const wrong = (await consumer.missing()) ?? (await consumer.withoutSecret());
      return {
        name: `${consumer.label} delivers the secret`,
        ok: wrong === undefined,
        detail: wrong ?? consumer.holder,
      };
    }),
  );
}
