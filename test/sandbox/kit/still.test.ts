import { describe, expect, onTestFinished, test } from 'vitest';
import { startLoop, type Loop } from '../../../sandbox/kit/loop.ts';
import { still } from '../../../sandbox/kit/still.ts';
import { blueprints, testPods, WORKER, workerDeployment } from '../../fixtures/pods.ts';

/** A controller that writes on, until it has written so much. */
function writer(until: number): { readonly loop: Loop; readonly written: () => number } {
  let written = 0;
  const loop = startLoop(async () => {
    if (written < until) written += 1;
  }, 60_000);
  onTestFinished(() => loop.stop());
  return { loop, written: () => written };
}

describe('what is read while nothing moves', () => {
  test('is what controllers have made of it in the end, however long they sleep between two looks', async () => {
    const [first, second] = [writer(3), writer(5)];
    const version = () => first.written() + second.written();
    expect(await still({ loops: [first.loop, second.loop], version }, version)).toBe(8);
  });

  test('is read once more where somebody writes meanwhile', async () => {
    let version = 0;
    const seen: number[] = [];
    const read = async (): Promise<number> => {
      seen.push(version);
      if (seen.length === 1) version += 1;
      return version;
    };
    expect(await still({ loops: [], version: () => version }, read)).toBe(1);
    expect(seen).toEqual([0, 1]);
  });

  test('is not read while something is left to time, in a loop or beside it', async () => {
    let left = 4;
    const tell = (): string | undefined => ((left -= 1) > 0 ? 'a mount lags' : undefined);
    const { loop } = writer(0);
    await still({ loops: [{ ...loop, waitsFor: tell }], version: () => 0 }, () => expect(left).toBeLessThan(1));
    left = 4;
    await still({ loops: [], version: () => 0, goesOn: tell }, () => expect(left).toBeLessThan(1));
  });

  test('of pods has the files that their mounts show late, and none that is still starting or ending', async () => {
    const { cluster, hosted, settled } = await testPods();
    await cluster.create(blueprints({}));
    await cluster.create(workerDeployment([]));
    await settled();
    expect(hosted.size).toBe(2);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: WORKER.namespace, name: 'blueprints' };
    await cluster.mergePatch(map, { data: { 'a.yaml': 'one' } });
    await settled();
    expect([...hosted.values()].map((pod) => [...pod.files().keys()])).toEqual([['custom/a.yaml'], ['custom/a.yaml']]);
    await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', ...WORKER });
    await settled();
    expect([...hosted]).toEqual([]);
  });
});

test('a round ends with the loop that is stopped in the middle of it', async () => {
  const loop = startLoop(
    (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      }),
    60_000,
  );
  const round = loop.round();
  await loop.stop();
  await round;
});
