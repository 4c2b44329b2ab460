import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Leftover, Undone } from '../../core/run/reports.ts';
import type { RotationConsumer, RotationJob } from '../../core/run/rotation.ts';
import { compensation, vaultCompensation } from '../kit/activityOptions.ts';
import type { Compensation } from '../kit/saga.ts';

/**
 * How a rotation is taken back, oldest first. The consumers come after the value: a playbook that runs again reads the vault, so
 * the previous value must be in service by then. `offered` names the consumers that a person may have updated.
 */
export function rotationCompensations(
  installation: InstallationSummary,
  job: RotationJob,
  offered: () => readonly RotationConsumer[],
): readonly Compensation[] {
  const options = compensation(installation.timings);
  const undo = proxyActivities<Activities>(options);
  const vault = vaultCompensation(installation.timings);
  const as = (base: typeof options, summary: string) => ({ ...base, summary: `undo: ${summary}` });
  const { client } = job;
  const { vaultField } = job.names;
  const again = `Start rotateSecret of ${client} again: it goes on where this one stopped.`;
  return [
    {
      step: 'create',
      what: `the pending vault field of ${vaultField}`,
      // While something may still hold the new value its field is the record of it.
      after: ['set', 'distribute'],
      remedy: `${again} Or remove the field by hand once nothing uses its value.`,
      run: () => undo.undoCreateSecret.executeWithOptions(as(vault, `remove the pending ${vaultField}`), [job]),
    },
    {
      step: 'distribute',
      what: `the new secret at ${job.targets.map(({ name }) => name).join(', ') || 'no consumer'}`,
      after: ['set'],
      remedy: `${again} Or do by hand: ${job.targets.map(({ byHand }) => byHand).join(' and ')}, once the vault holds what should be in service.`,
      run: async () => {
        const undone: string[] = [];
        for (const target of job.targets.filter(({ by }) => by !== 'person')) {
          const summary = `${target.name}: the previous secret again`;
          const done = await undo.restoreConsumer.executeWithOptions(as(options, summary), [job, target]);
          undone.push(...done.undone);
        }
        const kept = offered().map(byHandAgain);
        return { undone, kept, blocks: false } satisfies Undone;
      },
    },
    {
      step: 'set',
      what: `the previous value of ${vaultField}`,
      after: [],
      remedy: `${again} Or give "${vaultField}-previous" its label back, roll the worker and apply ${job.names.blueprintPath}.`,
      run: () => undo.restoreSecret.executeWithOptions(as(vault, `${vaultField}: the previous value again`), [job]),
    },
  ];
}

/** The job reaches none of them, and cannot tell whether the person had come to it. */
function byHandAgain({ name, byHand }: RotationConsumer): Leftover {
  return {
    what: `the secret at ${name}`,
    why: 'a person was asked to update it by hand, and the previous value is in service again.',
    remedy: `Do it again, unless it was not done since: ${byHand}`,
  };
}
