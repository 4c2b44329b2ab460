import type { Fault } from '../../sandbox/faults/faults.ts';
import type { Stage } from './stage.ts';
import { isOfWorker, type Calls } from './target.ts';

/** How often each activity calls each system in a run that nothing disturbs. */
export async function recorded(
  { bed: { world }, git, striker, systems }: Stage,
  run: (prepared: () => Promise<void>) => Promise<void>,
): Promise<Calls> {
  const calls = new Map<string, Map<string, number>>();
  const note = (activity: string, call: string): void => {
    const of = calls.get(activity) ?? new Map<string, number>();
    of.set(call, (of.get(call) ?? 0) + 1);
    calls.set(activity, of);
  };
  let running = '';
  const faults = systems.map((system): Fault => {
    const act = (method: string): void => note(running, `${system} ${method === 'GET' ? 'read' : 'write'}`);
    return { system, when: (request) => running !== '' && isOfWorker(request), effect: { kind: 'interpose', act } };
  });
  const watch: typeof striker.watch = async (activity, work) => {
    running = activity;
    calls.set(activity, calls.get(activity) ?? new Map<string, number>());
    try {
      let result: unknown;
      const asked = await git.asked(async () => (result = await work()));
      for (const access of asked) note(activity, `git ${access}`);
      return result;
    } finally {
      running = '';
    }
  };
  try {
    // What makes the run fail was put in before, and strikes first.
    await run(async () => {
      world.faults.add(...faults);
      striker.watch = watch;
    });
  } finally {
    striker.watch = undefined;
    for (const fault of faults) world.faults.remove(fault);
  }
  return calls;
}
