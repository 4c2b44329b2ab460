import type { StepName } from '../../core/run/steps.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { failStep, type FailOptions } from '../../sandbox/world/stepFaults.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventually } from '../fixtures/polling.ts';
import type { Api } from './api.ts';
import { isReal } from './backends.ts';
import type { RealHosting } from './realHosting.ts';
import { applyRoles, may, rolesOf, type Rule } from './roles.ts';

/** Makes a step fail on either backend; gives what mends the real cluster again. */
export async function failStepOn(world: World, step: StepName, options: FailOptions): Promise<() => Promise<void>> {
  const { hosting } = world;
  if (isReal(hosting)) {
    if (step === 'acquireTurn') return forbidLeases(hosting);
    if (step === 'patchExternalSecret' && options.land === 'last') return refuseEntry(world, hosting, options.slug);
    if (step === 'syncBlueprint' && options.land === 'last' && !options.mayApply)
      return refuseBlueprint(world, hosting, options.slug);
  }
  await failStep(world, step, options);
  return async () => undefined;
}

/** The Role without its rule for creating a Lease. */
async function forbidLeases({ admin, identity, names }: RealHosting): Promise<() => Promise<void>> {
  const roles = await rolesOf('hub', names);
  const namespace = names.installation.argocd?.namespace ?? 'argocd';
  const attributes = { namespace, group: 'coordination.k8s.io', resource: 'leases', verb: 'create' };
  const mayCreate = (): Promise<boolean> => may(identity.management, attributes);
  await applyRoles(admin.management, roles.map(withoutCreate));
  await eventually(mayCreate, (allowed) => !allowed);
  return async () => {
    await applyRoles(admin.management, roles);
    await eventually(mayCreate, (allowed) => allowed);
  };
}

function withoutCreate(role: KubernetesObject): KubernetesObject {
  const rules = role['rules'] as readonly Rule[] | undefined;
  return rules === undefined ? role : { ...role, rules: rules.filter((rule) => !rule.verbs.includes('create')) };
}

/** An admission policy of the cluster refuses what Argo CD applies. */
async function refuseEntry(world: World, { admin }: RealHosting, slug: string): Promise<() => Promise<void>> {
  const { namespace, externalSecret } = world.installation.authentik;
  return policy(admin.workload, {
    group: 'external-secrets.io',
    resource: 'externalsecrets',
    expression: `!object.spec.data.exists(entry, entry.secretKey.startsWith('${slug}-'))`,
    probe: `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets/${externalSecret.name}`,
    patch: { spec: { data: [{ secretKey: `${slug}-client-secret`, remoteRef: { key: 'probe' } }] } },
  });
}

async function refuseBlueprint(world: World, { admin }: RealHosting, slug: string): Promise<() => Promise<void>> {
  const { namespace, blueprints } = world.installation.authentik;
  return policy(admin.workload, {
    group: '',
    resource: 'configmaps',
    expression: `!has(object.data) || !('${slug}.yaml' in object.data)`,
    probe: `/api/v1/namespaces/${namespace}/configmaps/${blueprints.configMap}`,
    patch: { data: { [`${slug}.yaml`]: 'probe' } },
  });
}

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** An admission policy of the cluster of Argo CD refuses what External Secrets writes for the service. */
export async function refuseSecret({ hosting }: World): Promise<() => Promise<void>> {
  if (!isReal(hosting)) throw new TypeError('there is no API server');
  return policy(hosting.admin.management, {
    group: '',
    resource: 'secrets',
    expression: `object.metadata.namespace != 'photos'`,
    probe: '/api/v1/namespaces/photos/secrets',
    patch: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'probe', namespace: 'photos' } },
    method: 'POST',
  });
}

interface Refusal {
  readonly group: string;
  readonly resource: string;
  /** CEL: false is refused. */
  readonly expression: string;
  /** Object whose patch, as a dry run, tells whether the policy is in force. */
  readonly probe: string;
  readonly patch: unknown;
  /** POST where the probe is an object to be. */
  readonly method?: 'POST';
}

async function policy(
  api: Api,
  { group, resource, expression, probe, patch, method }: Refusal,
): Promise<() => Promise<void>> {
  const metadata = { name: 'refuse' };
  const resourceRules = [
    { apiGroups: [group], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [resource] },
  ];
  await api.must('POST', `${ADMISSION}/validatingadmissionpolicies`, {
    metadata,
    spec: { matchConstraints: { resourceRules }, validations: [{ expression, message: 'refused by a policy' }] },
  });
  await api.must('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  });
  const status = async (): Promise<number> =>
    method === 'POST'
      ? (await api.send(method, `${probe}?dryRun=All`, patch)).status
      : (await api.send('PATCH', `${probe}?dryRun=All`, patch, 'application/merge-patch+json')).status;
  await eventually(status, (answer) => answer === 422);
  return async () => {
    await api.must('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/${metadata.name}`);
    await api.must('DELETE', `${ADMISSION}/validatingadmissionpolicies/${metadata.name}`);
    await eventually(status, (answer) => answer < 300);
  };
}
