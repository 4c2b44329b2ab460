import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';

// Runs that were recorded by this version must go on in the next one: a workflow that replays them otherwise would break
// every run that is open during an upgrade.

const folder = fileURLToPath(new URL('../histories/', import.meta.url));
const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));

it('has recorded histories', () => {
  expect(files.length).toBeGreaterThan(0);
});

it.each(files)('replays %s', async (file) => {
  const history = historyFromJSON(JSON.parse(await readFile(`${folder}${file}`, 'utf8')));
  const { workflowId } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  expect(workflowId).toMatch(/^oidc-(client|check|plan)/);
  const options = { workflowBundle: { codePath: inject('workflowBundle') } };
  await Worker.runReplayHistory(options, history, workflowId ?? undefined);
});
