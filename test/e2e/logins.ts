import { sleep } from '../../sandbox/kit/loop.ts';
import type { World } from '../../sandbox/world/world.ts';

/** Logs in at a client all the time, as users of the service would. `stop` gives how long each outage was seen to last, in ms. */
export function watchLogins(world: World, client: string): { stop(): Promise<readonly number[]> } {
  const outages: { from: number; until: number }[] = [];
  let stopped = false;
  const watch = async (): Promise<void> => {
    for (let worked = true; !stopped;) {
      const works = await world.consumer.works(client);
      const at = Date.now();
      const current = outages.at(-1);
      if (!works && worked) outages.push({ from: at, until: at });
      else if (!works && current !== undefined) current.until = at;
      worked = works;
      await sleep(10);
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopped = true;
      await watching;
      return outages.map(({ from, until }) => until - from);
    },
  };
}
