import { readFile } from 'node:fs/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import { makeSearchAttributes } from '../../../client/doctor/searchAttributes.ts';
import { timingsSchema } from '../../../core/installation/timings.ts';
import { SEARCH_ATTRIBUTES } from '../../../core/run/searchAttributes.ts';
import { eventually } from '../../fixtures/polling.ts';
import { failure, fakeActivities, preflightForPeople } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { devServer } from '../devServer.ts';

// By what the list of Temporal's visibility store finds runs, with the queries that docs/how-to/temporal-ui.md has.

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => env.teardown());

const page = await readFile(new URL('../../../docs/how-to/temporal-ui.md', import.meta.url), 'utf8');
const [WAITS_FOR_PEOPLE = '', NOT_WELL = '', OF_ZOT = ''] = Array.from(
  page.matchAll(/^```text\n(Oidc.*)\n```$/gm),
  ([, query]) => query,
);

async function found(query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of env.client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

const eventuallyFound = async (query: string, ids: readonly string[]) =>
  eventually(
    () => found(query),
    (all) => JSON.stringify(all.toSorted()) === JSON.stringify(ids.toSorted()),
  );

const knowing = (over: Partial<Activities> = {}): Activities =>
  fakeActivities('last', {
    describeInstallation: async () => ({
      digest: 'digest',
      land: 'last',
      applications: ['authentik'],
      timings: timingsSchema.parse({ mergePollMs: 50 }),
      searchable: true,
      phases: true,
    }),
    ...over,
  }).activities;

it('doctor --fix makes those that are missing, and tells which', async () => {
  const { operatorService } = env.connection;
  const searchAttributes = { OidcClient: 2 };
  await operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  expect(await makeSearchAttributes(env.client)).toMatchObject([
    { severity: 'well', message: 'made OidcPhase, OidcOutcome' },
  ]);
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
  for (const name of SEARCH_ATTRIBUTES) expect(customAttributes?.[name]).toBe(2);
  expect(await makeSearchAttributes(env.client)).toEqual([]);
});

it('a run is found while it waits for a person, and by how it ended', async () => {
  let merged = false;
  const activities = knowing({
    preflight: preflightForPeople,
    landChange: async () => ({ state: 'proposed', proposal: { branch: 'b', commit: 'c' }, note: '' }),
    awaitMerge: async () => {
      if (!merged) throw failure('NotYet', 'not merged', { retryable: true });
      return { state: 'landed', commit: 'c', note: '' };
    },
  });
  await runRegistration(env, activities, async (handle) => {
    await eventuallyFound(WAITS_FOR_PEOPLE, ['oidc-client/zot']);
    merged = true;
    await handle.result();
  });
  await eventuallyFound(WAITS_FOR_PEOPLE, []);
  await eventuallyFound('OidcOutcome = "registered" AND OidcPhase = "done"', ['oidc-client/zot']);
  await eventuallyFound(OF_ZOT, ['oidc-client/zot']);
  expect(await found(NOT_WELL)).toEqual([]);
});

it('one that failed has been undoing', async () => {
  const activities = knowing({ verifyRegistration: async () => Promise.reject(failure('Failed', 'no discovery')) });
  const phases = await runRegistration(env, activities, async (handle) => {
    await handle.result().catch(() => undefined);
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap((event) => {
      const { indexedFields } = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes ?? {};
      const data = indexedFields?.['OidcPhase']?.data;
      return data == null ? [] : [JSON.parse(Buffer.from(data).toString()) as string];
    });
  });
  expect(phases).toEqual(['registering', 'undoing', 'done']);
  await eventuallyFound(NOT_WELL, ['oidc-client/zot']);
});
