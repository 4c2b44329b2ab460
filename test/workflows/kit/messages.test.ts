import { readFile } from 'node:fs/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// What the Temporal UI shows of the messages that a run takes; on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

interface Message {
  readonly name: string;
  readonly description?: string;
}

interface Metadata {
  readonly definition: Readonly<
    Record<'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions', readonly Message[]>
  >;
}

/** The messages of ours that a run of this type takes, as `kind name`, with their descriptions. */
async function messagesOf(type: string): Promise<ReadonlyMap<string, string>> {
  const { definition } = await runRegistration(
    env,
    fakeActivities('last').activities,
    async (handle) => {
      await handle.result();
      return handle.query<Metadata>('__temporal_workflow_metadata');
    },
    { type },
  );
  const kinds = {
    query: definition.queryDefinitions,
    signal: definition.signalDefinitions,
    update: definition.updateDefinitions,
  };
  const all = Object.entries(kinds).flatMap(([kind, messages]) =>
    messages
      .filter(({ name }) => !name.startsWith('__'))
      .map(({ name, description = '' }) => [`${kind} ${name}`, description] as const),
  );
  return new Map(all);
}

it.each([
  ['registerClient', ['query progress', 'signal recheck', 'update stopUndo']],
  ['deregisterClient', ['query progress', 'signal recheck', 'update stopUndo']],
  ['rotateSecret', ['query progress', 'signal recheck', 'update confirm', 'update ready', 'update stopUndo']],
])('%s says of each of its messages what it is for', async (type, expected) => {
  const messages = await messagesOf(type);
  expect([...messages.keys()].toSorted()).toEqual(expected);
  expect([...messages].filter(([, description]) => !/^[A-Z].*\.$/.test(description))).toEqual([]);
});

it('takes the messages of the reference, and no other', async () => {
  const page = await readFile(new URL('../../../docs/reference/workflows.md', import.meta.url), 'utf8');
  const rows = Array.from(
    page.matchAll(/^\| `(\w+)` \| (query|signal|update) \|/gm),
    ([, name, kind]) => `${kind} ${name}`,
  );
  const messages = await messagesOf('rotateSecret');
  expect([...messages.keys()].toSorted()).toEqual(rows.toSorted());
});
