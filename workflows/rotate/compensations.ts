import type { Leftover } from '../../core/run/reports.ts';
import type { RotationConsumer, RotationJob } from '../../core/run/rotation.ts';
import { compensation, vaultCompensation } from '../kit/activityOptions.ts';
import type { ClientRun } from '../kit/clientRun.ts';
import type { Compensation } from '../kit/saga.ts';

/**
 * How a rotation is taken back, oldest first. The consumers come after the value: a playbook that runs again reads the vault, so
 * the previous value must be in service by then. `offered` names the consumers that a person may have updated.
 */
export function rotationCompensations(
  run: ClientRun,
  { job, offered }: { readonly job: RotationJob; readonly offered: () => readonly RotationConsumer[] },
): readonly Compensation[] {
  const { vaultField } = job.names;
  const again = `Start rotateSecret of ${job.client} again: it goes on where this one stopped.`;
  return [
    {
      step: 'create',
      what: `the pending vault field of ${vaultField}`,
      // While something may still hold the new value its field is the record of it.
      after: ['set', 'distribute'],
      remedy: `${again} Or remove the field by hand once nothing uses its value.`,
      run: () => run.undo('undoCreateSecret', vaultCompensation, `remove the pending ${vaultField}`, job),
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
          undone.push(...(await run.undo('restoreConsumer', compensation, summary, job, target)).undone);
        }
        return { undone, kept: offered().map(byHandAgain), blocks: false };
      },
    },
    {
      step: 'set',
      what: `the previous value of ${vaultField}`,
      after: [],
      remedy: `${again} Or give "${vaultField}-previous" its label back, roll the worker and apply ${job.names.blueprintPath}.`,
      run: () => run.undo('restoreSecret', vaultCompensation, `${vaultField}: the previous value again`, job),
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
