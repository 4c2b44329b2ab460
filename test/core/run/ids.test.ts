import { expect, it } from 'vitest';
import { IDS, type Ids, idsOf, idsOfEnvironment, idsOfWorkflow } from '../../../core/run/ids.ts';

const all = (ids: Ids, name: string): readonly string[] => [
  ids.client(name),
  ids.check(name),
  ids.checkAll,
  ids.plan(name),
  ids.doctor,
  ids.schedule(name),
];

// Runs and Schedules that are there, and what people have written down, go by these.
it("a namespace's only installation has the ids that it always had", () => {
  expect(IDS.taskQueue).toBe('oidc-registrar');
  expect(all(IDS, 'zot')).toEqual([
    'oidc-client/zot',
    'oidc-check/zot',
    'oidc-check',
    'oidc-plan/zot',
    'oidc-doctor',
    'oidc-rotate/zot',
  ]);
});

it('one that has a name puts it before each', () => {
  expect(idsOf('east').taskQueue).toBe('oidc-registrar-east');
  expect(all(idsOf('east'), 'zot')).toEqual(all(IDS, 'zot').map((id) => `east/${id}`));
});

it('whoever searches by what its ids begin with finds none of another installation', () => {
  const names = ['', 'east', 'east-2', 'e'];
  for (const mine of names)
    for (const other of names.filter((name) => name !== mine))
      for (const prefix of all(idsOf(mine), '').filter((id) => id.endsWith('/')))
        expect(all(idsOf(other), 'zot').filter((id) => id.startsWith(prefix))).toEqual([]);
});

it.each([
  ['of the queue, under whichever id', 'oidc-registrar-east', 'my-own-id', 'east'],
  ['of the queue, under an id of another', 'oidc-registrar-east', 'west/oidc-client/zot', 'east'],
  ['of the queue that has no name', 'oidc-registrar', 'east/oidc-client/zot', ''],
  ['in a replay, by its own id', 'fake_replay_queue-1', 'east/oidc-client/zot', 'east'],
  ["in a replay, by a Schedule's id", 'fake_replay_queue-1', 'east/oidc-rotate/zot-2026-11-30T10:00:00Z', 'east'],
  ['in a replay, under an id without a name', 'fake_replay_queue-1', 'oidc-client/zot', ''],
])('a workflow is %s', (_case, taskQueue, workflowId, installation) => {
  expect(all(idsOfWorkflow({ taskQueue, workflowId }), 'zot')).toEqual(all(idsOf(installation), 'zot'));
});

it('REGISTRAR_INSTALLATION names it; what is no name is refused', () => {
  expect(idsOfEnvironment({}).taskQueue).toBe('oidc-registrar');
  expect(idsOfEnvironment({ REGISTRAR_INSTALLATION: ' ' }).taskQueue).toBe('oidc-registrar');
  expect(idsOfEnvironment({ REGISTRAR_INSTALLATION: 'east' }).taskQueue).toBe('oidc-registrar-east');
  for (const name of ['East', 'a/b', '-a', 'a"', 'oidc-client', 'a'.repeat(51)])
    expect(() => idsOfEnvironment({ REGISTRAR_INSTALLATION: name })).toThrow('REGISTRAR_INSTALLATION');
});
