import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type ReplayWorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, it } from 'vitest';
import { recordedHistories } from './histories.ts';
import { bundleMutated, type Wait } from './mutatedWorkflows.ts';

// That the recorded histories would tell: a version that waits once more, wherever a workflow waits, does not replay them.

const dir = fileURLToPath(new URL('../../.cache/test/mutated/', import.meta.url));
const histories = await recordedHistories();
/** Which histories come to a wait, by its number. */
const comingTo = new Map<number, Set<number>>();
let waits: readonly Wait[];
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ waits, bundle } = await bundleMutated(path.resolve(dir)));
});

/** A history, by its place in the list, and the wait at which the code that replays it sleeps. */
interface Replay {
  readonly history: number;
  readonly sleepsAt?: number;
}

/** Replays them one after the other by one worker. Answers what each failed with. */
async function replay(asked: readonly Replay[], reached: (wait: number, by: Replay) => void = () => undefined) {
  const options: ReplayWorkerOptions = {
    workflowBundle: bundle,
    sinks: {
      waits: {
        reached: {
          callDuringReplay: true,
          fn: ({ memo }, wait: number) => reached(wait, memo as unknown as Replay),
        },
      },
    },
  };
  const errors: (Error | undefined)[] = [];
  for await (const { error } of Worker.runReplayHistories(options, asked.map(historyOf))) errors.push(error);
  return errors;
}

/** Its workflow finds in its memo what this replay is about. */
function historyOf(asked: Replay) {
  const { events, workflowId } = histories[asked.history] ?? { events: [], workflowId: '' };
  const [first, ...rest] = events;
  const fields = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, payload(value)]));
  const started = { ...first?.workflowExecutionStartedEventAttributes, memo: { fields } };
  const all = [{ ...first, workflowExecutionStartedEventAttributes: started }, ...rest];
  return { workflowId, history: historyFromJSON({ events: all }) };
}

function payload(value: unknown) {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return { metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(value)) };
}

it('replays every history by the code as it is', async () => {
  const errors = await replay(
    histories.map((_, history) => ({ history })),
    (wait, { history }) => comingTo.set(wait, (comingTo.get(wait) ?? new Set()).add(history)),
  );
  const failed = errors.flatMap((error, i) => (error === undefined ? [] : [`${histories[i]?.file}: ${error.message}`]));
  expect(failed).toEqual([]);
});

it('does not replay the histories that come to a wait by code that waits there once more', async () => {
  let unnoticed = waits.map(({ number }) => ({ number, left: [...(comingTo.get(number) ?? [])] }));
  while (unnoticed.some(({ left }) => left.length > 0)) {
    const round = unnoticed.filter(({ left }) => left.length > 0);
    const errors = await replay(round.map(({ number, left }) => ({ history: left.pop() ?? 0, sleepsAt: number })));
    const noticed = new Set(round.filter((_, i) => errors[i] !== undefined));
    unnoticed = unnoticed.filter((wait) => !noticed.has(wait));
  }
  const places = unnoticed.map(({ number }) => {
    const come = comingTo.get(number)?.size ?? 0;
    return `workflows/${waits[number]?.place}: ${come === 0 ? 'no recorded run comes to it' : `${come} replay all the same`}`;
  });
  expect(places, 'waits that could change unnoticed; record a run that comes to them: npm run histories').toEqual([]);
});
