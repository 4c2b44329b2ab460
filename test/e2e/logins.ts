import { sleep } from '../../sandbox/kit/loop.ts';
import type { World } from '../../sandbox/world/world.ts';

/**
 * Logs in at a client all the time, as users of the service would. `stop` gives how long each outage lasted at least, in ms: from the
 * answer of the first login that failed to the question of the last.
 */
export function watchLogins(world: World, client: string): { stop(): Promise<readonly number[]> } {
  const outages: { from: number; until: number }[] = [];
  let stopped = false;
  const watch = async (): Promise<void> => {
    for (let worked = true; !stopped;) {
      const asked = Date.now();
      const works = await world.consumer.works(client);
      const current = outages.at(-1);
      if (!works && worked) outages.push({ from: Date.now(), until: Date.now() });
      else if (!works && current !== undefined) current.until = Math.max(asked, current.until);
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
