import type { Fault } from '../../sandbox/faults/faults.ts';
import type { Stage } from './stage.ts';
import { answering, isCall, type Calls } from './target.ts';

/** How often each activity calls each system in a run that nothing disturbs: of several attempts, the one that calls it most. */
export async function recorded(
  { bed: { world }, git, striker, systems }: Stage,
  run: (prepared: () => Promise<void>) => Promise<void>,
): Promise<Calls> {
  const calls = new Map<string, Map<string, number>>();
  let attempt = new Map<string, number>();
  let running = '';
  const note = (call: string): void => void attempt.set(call, (attempt.get(call) ?? 0) + 1);
  const faults = systems.map((system): Fault => {
    const act = (method: string): void => note(`${system} ${method === 'GET' ? 'read' : 'write'}`);
    const when: Fault['when'] = (request) => running !== '' && isCall(system, request);
    return { system: answering(system), when, effect: { kind: 'interpose', act } };
  });
  const watch: typeof striker.watch = async (activity, work) => {
    running = activity;
    attempt = new Map();
    try {
      let result: unknown;
      const asked = await git.asked(async () => (result = await work()));
      for (const access of asked) note(`git ${access}`);
      return result;
    } finally {
      running = '';
      const most = calls.get(activity) ?? new Map<string, number>();
      for (const [call, count] of attempt) most.set(call, Math.max(count, most.get(call) ?? 0));
      calls.set(activity, most);
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
