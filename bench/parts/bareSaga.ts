import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing: (step: number) => Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

/** A saga of so many steps that do nothing: what Temporal alone takes. */
export async function bareSaga(steps: number): Promise<number> {
  const undo: (() => Promise<number>)[] = [];
  try {
    for (let step = 0; step < steps; step += 1) {
      undo.push(() => nothing(-step));
      await nothing(step);
    }
  } catch (error) {
    for (const each of undo.toReversed()) await each();
    throw error;
  }
  return undo.length;
}
