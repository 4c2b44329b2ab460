import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { deregisterStepsInOrder } from '../../core/run/deregistration.ts';
import { rotationSteps } from '../../core/run/rotation.ts';
import { PATCHES } from '../../core/run/patches.ts';
import { CONFIRM_STEP, DELIVER_STEP, RENEW_STEP, stepsInOrder } from '../../core/run/steps.ts';
import { type Recorded, recordedHistories } from './histories.ts';

// Runs that were recorded by this version must go on in the next one: a workflow that replays them otherwise would break
// every run that is open during an upgrade. So whatever a run can come to stands in one of them.

const histories = await recordedHistories();
const events = histories.flatMap((recorded) => recorded.events);

async function replay({ workflowId }: Recorded, history: Recorded['events']): Promise<void> {
  expect(workflowId).not.toBe('');
  const options = { workflowBundle: { codePath: inject('workflowBundle') } };
  await Worker.runReplayHistory(options, historyFromJSON({ events: history }), workflowId);
}

it.each(histories)('replays $file', async (run) => replay(run, run.events));

const parsed = (data: string): unknown => JSON.parse(Buffer.from(data, 'base64').toString());
const packed = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** The history of a run that was told of these patches where it asked for its installation. */
function told(history: Recorded['events'], patches: readonly string[]): Recorded['events'] {
  return history.map((event) => {
    const { markerName, details = {} } = event.markerRecordedEventAttributes ?? {};
    const [answer] = details['result']?.payloads ?? [];
    if (markerName !== 'core_local_activity' || answer === undefined) return event;
    const data = packed({ ...(parsed(answer.data) as object), patches });
    const result = { ...details['result'], payloads: [{ ...answer, data }] };
    return { ...event, markerRecordedEventAttributes: { markerName, details: { ...details, result } } };
  });
}

const markers = (history: Recorded['events'], name: string) =>
  history.flatMap(({ markerRecordedEventAttributes: marker }) => (marker?.markerName === name ? [marker] : []));

/** The patches of which a history has a marker, though its run asked for the installation by a local activity. */
function markedBeside(history: Recorded['events']): readonly string[] {
  if (markers(history, 'core_local_activity').length === 0) return [];
  const data = markers(history, 'core_patch').flatMap(({ details }) => details['patch-data']?.payloads ?? []);
  return data.map((payload) => (parsed(payload.data) as { readonly id: string }).id);
}

const marked = histories.filter(({ events: history }) => markedBeside(history).length > 0);

it.each(marked)(
  'replays $file as begun by a worker that tells of patches, which another one has marked',
  async (run) => {
    expect(run.events).not.toEqual(told(run.events, markedBeside(run.events)));
    await replay(run, told(run.events, markedBeside(run.events)));
  },
);

it('leaves a run to the newer release that began it', async () => {
  const run = histories.find(({ file }) => file.endsWith('registered.5.json'));
  if (run === undefined) throw new Error('there is no such history');
  const newer = replay(run, told(run.events, [...PATCHES, 'of-tomorrow']));
  await expect(newer).rejects.toThrow(/a newer release of oidc-registrar began this run \(it knows of-tomorrow\)/);
});

/** What is named so in the sources of the workflows. */
async function inSources(pattern: RegExp): Promise<readonly string[]> {
  const folder = fileURLToPath(new URL('../../workflows/', import.meta.url));
  const sources = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const files = sources.map((file) => readFile(`${folder}${file}`, 'utf8'));
  return (await Promise.all(files)).flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name));
}

const scheduled = events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType.name ?? []);
const signals = events.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
const updates = events.flatMap(
  (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input.name ?? [],
);
const started = new Set(
  events.flatMap((event) => event.workflowExecutionStartedEventAttributes?.workflowType.name ?? []),
);

/** What markers of this name hold: local activities, and patches. */
function held(name: string): string {
  const payloads = markers(events, name).flatMap(({ details }) =>
    Object.values(details).flatMap((each) => each.payloads),
  );
  return payloads.map(({ data }) => Buffer.from(data, 'base64').toString()).join('\n');
}

it('has a run for every activity', () => {
  const local = held('core_local_activity');
  const all = Object.keys(createActivities({} as Deps));
  expect(all.filter((name) => !scheduled.includes(name) && !local.includes(`"${name}"`))).toEqual([]);
});

/** What a step schedules, or is told, where that has another name than the step. */
const KNOWN_BY: Readonly<Record<string, string>> = {
  ready: 'ready',
  [CONFIRM_STEP]: 'confirm',
  create: 'createSecret',
  set: 'setSecret',
  test: 'testSecret',
  distribute: 'applyAtConsumer',
  testConsumers: 'probeConsumer',
  finish: 'finishRotation',
};

it('has a run for every step', () => {
  const steps = [
    ...stepsInOrder('last', [RENEW_STEP, DELIVER_STEP, CONFIRM_STEP]),
    ...rotationSteps('last').filter((step) => step !== 'preflight'),
    ...deregisterStepsInOrder('last', true),
  ];
  const known = new Set([...scheduled, ...updates]);
  expect(steps.filter((step) => !known.has(KNOWN_BY[step] ?? step))).toEqual([]);
});

it('has a run for every message but queries, which leave nothing in a history', async () => {
  const sent = new Set([...signals, ...updates]);
  const defined = await inSources(/define(?:Signal|Update)(?:<[^(]*>)?\('([^']+)'/g);
  expect(defined).toContain('recheck');
  expect(defined.filter((name) => !sent.has(name))).toEqual([]);
});

it('has a run for every patch', async () => {
  const known = held('core_patch') + held('core_local_activity');
  const patches = [...PATCHES, ...(await inSources(/\b(?:patched|isMarked)\('([^']+)'\)/g))];
  expect(patches).toContain('scheduled-run-waits');
  expect(patches.filter((id) => !known.includes(`"${id}"`))).toEqual([]);
});

it('has no marker of a patch right behind a local activity, where a query may part the two', async () => {
  expect(await inSources(/\bpatched\('([^']+)'\)/g)).toEqual(['scheduled-run-waits', 'early-end-is-told']);
});

it('has a run of every workflow', async () => {
  expect((await inSources(/^export \{ (\w+) \}/gm)).filter((name) => !started.has(name))).toEqual([]);
});
