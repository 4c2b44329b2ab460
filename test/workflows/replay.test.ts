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
import { recordedHistories } from './histories.ts';

// Runs that were recorded by this version must go on in the next one: a workflow that replays them otherwise would break
// every run that is open during an upgrade. So whatever a run can come to stands in one of them.

const histories = await recordedHistories();
const events = histories.flatMap((recorded) => recorded.events);

it.each(histories)('replays $file', async ({ workflowId, events: history }) => {
  expect(workflowId).not.toBe('');
  const options = { workflowBundle: { codePath: inject('workflowBundle') } };
  await Worker.runReplayHistory(options, historyFromJSON({ events: history }), workflowId);
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
function marked(name: string): string {
  const markers = events.flatMap((event) => event.markerRecordedEventAttributes ?? []);
  const payloads = markers
    .filter(({ markerName }) => markerName === name)
    .flatMap(({ details }) => Object.values(details).flatMap((each) => each.payloads));
  return payloads.map(({ data }) => Buffer.from(data, 'base64').toString()).join('\n');
}

it('has a run for every activity', () => {
  const local = marked('core_local_activity');
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
  const known = marked('core_patch') + marked('core_local_activity');
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
