import { readFile } from 'node:fs/promises';
import { expect, inject, it } from 'vitest';

// Every workflow's context loads the bundle: a schema library or a parser in it costs each of them, and may do what a replay cannot.
it('holds the packages of the SDK and no other', async () => {
  const bundle = await readFile(inject('workflowBundle'), 'utf8');
  const packages = Array.from(bundle.matchAll(/\/node_modules\/((?:@[\w-]+\/)?[\w.-]+)\//g), ([, name]) => name);
  expect(new Set(packages)).toEqual(new Set(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']));
});
