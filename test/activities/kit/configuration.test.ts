import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { createActivities } from '../../../activities/createActivities.ts';
import type { Deps } from '../../../activities/deps.ts';

/** Deps of which only the digest may be asked for: anything else would be work. */
const idle = new Proxy({ digest: 'v2:vault.itemId=1' } as Deps, {
  get(target, name) {
    if (name in target) return Reflect.get(target, name) as unknown;
    throw new Error(`asked for ${String(name)}`);
  },
});

const activities = Object.entries(createActivities(idle)) as [string, (...args: unknown[]) => Promise<unknown>][];
const OF_THE_WORKER = new Set(['describeInstallation', 'diagnose', 'notify']);

describe('an activity of a run that began with another configuration', () => {
  test.each(activities.filter(([name]) => !OF_THE_WORKER.has(name)))('%s does nothing', async (_name, run) => {
    await expect(new MockActivityEnvironment().run(run, { digest: 'v2:vault.itemId=2' })).rejects.toMatchObject({
      kind: 'OtherConfiguration',
    });
  });

  test.each(activities.filter(([name]) => OF_THE_WORKER.has(name)))('%s asks for none', async (_name, run) => {
    await expect(new MockActivityEnvironment().run(run, {})).rejects.toThrow('asked for');
  });
});
