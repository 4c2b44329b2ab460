import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster, KubernetesObject, ObjectRef } from './cluster.ts';
import type { LeaseHolder, Leases, TurnLease } from './leases.ts';

const HOLDER = 'oidc-registrar/holder';
const ABANDONED = 'oidc-registrar/abandoned';

/** Turns as Leases of one namespace. The holder's particulars stand in annotations, for a Lease has one text only. */
export function createLeases(cluster: Cluster, namespace: string): Leases {
  const refOf = (application: string): ObjectRef => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace,
    name: `oidc-registrar-${application}`,
  });

  async function read(application: string): Promise<TurnLease | undefined> {
    const lease = await cluster.get(refOf(application));
    return lease === undefined ? undefined : toTurn(lease);
  }

  return {
    read,
    async take(application, holder, current, abandoned = []) {
      const ref = refOf(application);
      if (current === undefined) {
        await cluster.create(leaseObject(ref, holder, abandoned));
        return;
      }
      await overtaken(() => cluster.replace(leaseObject(ref, holder, abandoned, current.resourceVersion)));
    },
    async release(application, holder) {
      const current = await read(application);
      if (current?.holder?.workflowId !== holder.workflowId || current.holder.changeId !== holder.changeId) return;
      const ref = refOf(application);
      if (current.abandoned.length === 0) {
        await cluster.delete(ref, { resourceVersion: current.resourceVersion });
        return;
      }
      await cluster.replace(leaseObject(ref, undefined, current.abandoned, current.resourceVersion));
    },
  };
}

/** Released between our look and our write: someone was faster, and the next look finds the turn free. */
async function overtaken(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.kind !== 'NotFound') throw error;
    const { system, message } = error;
    throw new RegistrarError({ system, kind: 'Conflict', message, remedy: 'It is tried again.' });
  }
}

function leaseObject(
  ref: ObjectRef,
  holder: LeaseHolder | undefined,
  abandoned: readonly LeaseHolder[],
  resourceVersion?: string,
): KubernetesObject {
  const now = `${new Date().toISOString().replace('Z', '')}000Z`;
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: {
      name: ref.name,
      namespace: ref.namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { 'app.kubernetes.io/managed-by': 'oidc-registrar' },
      annotations: {
        ...(holder === undefined ? {} : { [HOLDER]: JSON.stringify(holder) }),
        ...(abandoned.length === 0 ? {} : { [ABANDONED]: JSON.stringify(abandoned) }),
      },
    },
    spec:
      holder === undefined
        ? {}
        : { holderIdentity: `${holder.workflowId}/${holder.runId}`, acquireTime: now, renewTime: now },
  };
}

function toTurn(lease: KubernetesObject): TurnLease {
  const annotations = lease.metadata.annotations ?? {};
  try {
    return {
      holder: annotations[HOLDER] === undefined ? undefined : (JSON.parse(annotations[HOLDER]) as LeaseHolder),
      abandoned: annotations[ABANDONED] === undefined ? [] : (JSON.parse(annotations[ABANDONED]) as LeaseHolder[]),
      resourceVersion: lease.metadata.resourceVersion ?? '',
    };
  } catch {
    throw new RegistrarError({
      system: 'Kubernetes',
      kind: 'Refused',
      message: `Lease ${lease.metadata.name} holds annotations that oidc-registrar did not write`,
      remedy: `Look at it with kubectl -n ${lease.metadata.namespace ?? ''} get lease ${lease.metadata.name} -o yaml; delete it if no run is open.`,
    });
  }
}
