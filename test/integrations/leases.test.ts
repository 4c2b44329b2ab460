import { describe, expect, test } from 'vitest';
import { createLeases } from '../../integrations/kubernetes/leaseTurn.ts';
import type { LeaseHolder } from '../../integrations/kubernetes/leases.ts';
import { testCluster } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';

function holder(client: string, changeId = 'change-1'): LeaseHolder {
  const branch = `oidc-registrar/${client}-${changeId}`;
  return { workflowId: `oidc-client/${client}`, runId: `run-of-${client}`, client, changeId, branch };
}

async function turns() {
  const { cluster, faults } = await testCluster();
  return { cluster, faults, leases: createLeases(cluster, 'argocd') };
}

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'argocd' } as const;

describe('the turn at an Application', () => {
  test('is free, then taken, with all particulars of its holder', async () => {
    const { cluster, leases } = await turns();
    expect(await leases.read('authentik')).toBeUndefined();
    await leases.take('authentik', holder('zot'));
    expect(await leases.read('authentik')).toMatchObject({ holder: holder('zot'), abandoned: [] });
    const object = await cluster.get({ ...LEASE, name: 'oidc-registrar-authentik' });
    expect(object?.['spec'].holderIdentity).toBe('oidc-client/zot/run-of-zot');
    expect(object?.['spec'].acquireTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('is one per Application', async () => {
    const { leases } = await turns();
    await leases.take('authentik', holder('zot'));
    await leases.take('grafana', holder('wiki'));
    expect((await leases.read('authentik'))?.holder?.client).toBe('zot');
    expect((await leases.read('grafana'))?.holder?.client).toBe('wiki');
  });

  test('that two take at once goes to one, and the other learns of a conflict', async () => {
    const { leases } = await turns();
    const both = await Promise.allSettled([
      leases.take('authentik', holder('zot')),
      leases.take('authentik', holder('wiki')),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ kind: 'Conflict', retryable: true });
  });

  test('is taken over at the version that was read, by one of two', async () => {
    const { leases } = await turns();
    await leases.take('authentik', holder('dead'));
    const seen = await leases.read('authentik');
    await leases.take('authentik', holder('zot'), seen, [holder('dead')]);
    expect(await errorOf(leases.take('authentik', holder('wiki'), seen))).toMatchObject({ kind: 'Conflict' });
    expect(await leases.read('authentik')).toMatchObject({ holder: holder('zot'), abandoned: [holder('dead')] });
  });

  test('that was released between look and take-over is a conflict, which the next look mends', async () => {
    const { leases } = await turns();
    await leases.take('authentik', holder('dead'));
    const seen = await leases.read('authentik');
    await leases.release('authentik', holder('dead'));
    expect(await errorOf(leases.take('authentik', holder('zot'), seen))).toMatchObject({ kind: 'Conflict' });
    await leases.take('authentik', holder('zot'), await leases.read('authentik'));
    expect((await leases.read('authentik'))?.holder?.client).toBe('zot');
  });
});

describe('releasing the turn', () => {
  test('deletes the Lease where no dead run is on record', async () => {
    const { cluster, leases } = await turns();
    await leases.take('authentik', holder('zot'));
    await leases.release('authentik', holder('zot'));
    expect(await cluster.get({ ...LEASE, name: 'oidc-registrar-authentik' })).toBeUndefined();
    await leases.release('authentik', holder('zot'));
  });

  test('keeps dead runs on record, and the turn can be taken again', async () => {
    const { leases } = await turns();
    await leases.take('authentik', holder('zot'), undefined, [holder('dead')]);
    await leases.release('authentik', holder('zot'));
    const free = await leases.read('authentik');
    expect(free).toMatchObject({ holder: undefined, abandoned: [holder('dead')] });
    await leases.take('authentik', holder('wiki'), free, free?.abandoned);
    expect(await leases.read('authentik')).toMatchObject({ holder: holder('wiki'), abandoned: [holder('dead')] });
  });

  test('leaves the turn of another workflow, or of another change, alone', async () => {
    const { leases } = await turns();
    await leases.take('authentik', holder('zot'));
    await leases.release('authentik', holder('wiki'));
    await leases.release('authentik', holder('zot', 'change-2'));
    expect((await leases.read('authentik'))?.holder).toEqual(holder('zot'));
  });

  test('does not delete what somebody took over in between', async () => {
    const { faults, leases } = await turns();
    await leases.take('authentik', holder('zot'));
    faults.add({ system: 'kubernetes/edge', method: 'DELETE', times: 1, effect: { kind: 'conflict' } });
    expect(await errorOf(leases.release('authentik', holder('zot')))).toMatchObject({ kind: 'Conflict' });
    expect((await leases.read('authentik'))?.holder).toEqual(holder('zot'));
  });
});

test('a Lease with annotations of somebody else is refused, and says how to look at it', async () => {
  const { cluster, leases } = await turns();
  const annotations = { 'oidc-registrar/holder': 'not json' };
  const { namespace, ...kind } = LEASE;
  await cluster.create({ ...kind, metadata: { name: 'oidc-registrar-authentik', namespace, annotations }, spec: {} });
  const error = await errorOf(leases.read('authentik'));
  expect(error).toMatchObject({ kind: 'Refused' });
  expect(error.remedy).toContain('kubectl -n argocd get lease oidc-registrar-authentik');
});
