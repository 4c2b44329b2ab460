import { externalSecretConsumers } from '../../core/consumersOf.ts';
import { RegistrarError } from '../../core/errors.ts';
import { readResource } from '../../core/manifests.ts';
import { canonicalWorkflowId, type Job } from '../../core/run.ts';
import type { Deps } from '../deps.ts';

/**
 * An ExternalSecret that a consumer of the registration before has, and that no consumer stands for now. To delete it is a
 * deployment of its own, which a change does not make. Throws `Refused`.
 */
export async function checkDroppedSecrets(
  deps: Deps,
  job: Pick<Job, 'client' | 'registration' | 'base'>,
): Promise<void> {
  const before = await deps.runs.registeredAs(canonicalWorkflowId(job.client));
  if (before === undefined) return;
  const files = new Set(externalSecretConsumers(job.registration).map(({ consumer }) => consumer.file));
  for (const { consumer } of externalSecretConsumers(before)) {
    if (files.has(consumer.file)) continue;
    const text = await deps.git.readFile(job.base, consumer.file);
    if (text === undefined || readResource(text, 'ExternalSecret', consumer.name) === undefined) continue;
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `the registration of ${job.client} no longer names its ExternalSecret ${consumer.namespace}/${consumer.name}, which ${consumer.file} still holds`,
      remedy:
        `See that nothing reads its Secret, take it out of ${consumer.file}${consumer.kustomization === undefined ? '' : ` and ${consumer.kustomization}`} ` +
        'and out of the cluster, then start again; or name the consumer again.',
    });
  }
}
