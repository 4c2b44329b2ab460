import { jsonBytes } from '../../core/base/bytes.ts';
import { refused } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';

/** Bytes of a plan. Temporal takes 2 MB of one payload, to which a codec may add. */
const PLAN_BYTES = 1_500_000;

/**
 * The plan of a run, before anything is changed. Throws `Refused` where Temporal could not carry it through the run; that of a run
 * that died has been carried already.
 */
export function carried<Planned extends { readonly job: Pick<Job, 'client' | 'continued'> }>(plan: Planned): Planned {
  const bytes = jsonBytes(plan);
  if (bytes <= PLAN_BYTES || plan.job.continued) return plan;
  const { job, ...rest } = plan;
  const parts = Object.entries({ ...job, ...rest })
    .map(([name, part]) => ({ name, size: jsonBytes([part]) }))
    .toSorted((a, b) => b.size - a.size)
    .slice(0, 3)
    .map(({ name, size }) => `${name} ${size}`);
  throw refused(
    'Temporal',
    `the run of client ${job.client} would hold ${bytes} bytes, and can hold ${PLAN_BYTES}; most are in: ${parts.join(', ')}`,
    'Make the texts and lists of its registration shorter, then start again.',
  );
}
