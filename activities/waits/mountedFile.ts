import type { Secret } from '../../core/base/secret.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import type { BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import type { WaitState } from '../kit/wait.ts';
import { glanceAtExternalSecret } from '../state/ourResources.ts';
import type { Applies } from './applies.ts';
import { anyApplyOpen, type Ended, type Verdict } from './applyTask.ts';

/**
 * What a file must come to hold, where Authentik reads the secret from one and the job may apply; a new pod's files are new. Files follow
 * the Kubernetes Secret, which has been proven against the vault where it was changed: a vault that is down holds up no undo.
 */
export async function fileSecret(deps: Deps, job: Job): Promise<Secret | undefined> {
  const [secret] = deliveredOf(job.names);
  if (secret?.secretFile === undefined || job.mode !== 'apply') return undefined;
  const { targetSecret } = await glanceAtExternalSecret(deps);
  return deps.externalSecrets.secretValue(deps.installation.authentik.namespace, targetSecret, secret.secretKey);
}

interface FileAttempt {
  readonly deps: Deps;
  readonly job: Job;
  readonly instance: BlueprintInstance;
  readonly applies: Applies;
  readonly secret: Secret;
}

/**
 * The kubelet refreshes the files of a mounted Secret some time after it, in each pod by itself, and nobody can ask a pod for its
 * file. An apply that found none ends as an error, one that found an older one is successful with that. So for a while both are
 * answered by another apply, spaced.
 */
export async function judgeFile(
  { deps, job, instance, applies, secret }: FileAttempt,
  look: Verdict,
): Promise<WaitState<Ended> | 'asItIs'> {
  if ('waiting' in look || 'unheard' in look) return 'asItIs';
  if ('done' in look) {
    // An apply that is still to run may be run by a pod with an older file.
    if (await anyApplyOpen(deps, instance.pk)) return { waiting: 'another apply of the blueprint has not ended' };
    if ((await deps.authentik.testSecret(job.names.clientId, secret)) === 'right') return look;
  }
  const { applyAgainMs, mountRefreshMs } = deps.installation.timings;
  const words =
    'again' in look
      ? look.again
      : `it is successful, but Authentik refuses the client's secret: ${deliveryOf(job.names).source} of a worker is not what the Secret says`;
  if (applies.waitedInAllMs > mountRefreshMs) {
    if ('done' in look) throw applies.failed(words);
    return 'asItIs';
  }
  if (applies.waitedMs > applyAgainMs) await applies.another(instance, words);
  return { waiting: `${words}; the files of the mounted Secret may not have followed it yet` };
}
