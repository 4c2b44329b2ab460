import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { expect, it } from 'vitest';
import { programsOf } from '../../sandbox/world/stepFaults.ts';
import { gitCommands, noteGitCommands } from '../fixtures/gitCommands.ts';
import { historyTexts } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('costs little, lists every step in its history and changes nothing when it runs again', async () => {
  const noted = path.join(bed.world.dir, 'git.log');
  await noteGitCommands(programsOf(bed.world), noted);
  const handle = await bed.start('zot');
  const first = await bed.result(handle);
  expect(first.outcome).toBe('registered');
  const commands = await ofWorker(noted);
  expect(commands).toEqual(expect.arrayContaining(['fetch', 'fast-import', 'push']));
  expect(commands.length).toBeLessThanOrEqual(MOST_GIT_COMMANDS);
  await expectSmallHistory(handle);
  expect(first.checks.slice(0, 4).map((check) => check.ok)).toEqual([true, true, true, true]);
  const [history] = await historyTexts(bed.client);
  for (const step of ['acquireTurn', 'preflight', 'generateSecret', 'landChange', 'cleanUp'])
    expect(history?.text).toContain(`"name":"${step}"`);

  await bed.world.settled();
  const before = await bed.world.snapshot();
  const base = await bed.world.repository.head();
  const writes = bed.vaultWrites();
  const pods = await podNames(bed);

  const second = await bed.register('zot');

  expect(second.outcome).toBe('unchanged');
  expect(second.created).toEqual([]);
  expect(second.changed).toEqual([]);
  await bed.expectAsBefore(before);
  expect(await bed.landedSince(base)).toEqual([]);
  expect(bed.vaultWrites()).toBe(writes);
  expect(await podNames(bed)).toEqual(pods);
  expect((await ofWorker(noted)).length - commands.length).toBeLessThanOrEqual(MOST_GIT_COMMANDS_UNCHANGED);
});

/** Of a worker that has just started; each may be a journey to the remote. As of now they are 21, and 5 where nothing changes. */
const MOST_GIT_COMMANDS = 30;
const MOST_GIT_COMMANDS_UNCHANGED = 8;

/** The git commands that the worker began in its clone. What ends by itself when idle is begun as often as the machine is slow. */
async function ofWorker(noted: string): Promise<readonly string[]> {
  const { begun } = await gitCommands(noted);
  return begun
    .filter(({ command, folder }) => /\/clone-[^/]+(\/|$)/.test(folder) && command !== 'cat-file')
    .map(({ command }) => command);
}

/** Every event is kept, and read again by each worker that takes the run over. */
async function expectSmallHistory(handle: WorkflowHandle): Promise<void> {
  const { raw } = await handle.describe();
  const { historyLength, historySizeBytes } = raw.workflowExecutionInfo ?? {};
  expect(Number(historyLength)).toBeLessThanOrEqual(110);
  expect(Number(historySizeBytes)).toBeLessThanOrEqual(50_000);
}

async function podNames({ world }: TestBed): Promise<readonly string[]> {
  const { namespace } = world.installation.authentik;
  return (await world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace }))
    .map((pod) => pod.metadata.name)
    .toSorted();
}
