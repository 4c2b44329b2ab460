import { RegistrarError, refused } from '../../core/base/errors.ts';
import { environmentOf, isFromKey, laterWarnings, variableSource } from '../../core/kubernetes/containerEnvironment.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { editOf, entryOfValue } from '../../core/changes/entry.ts';
import { type Job, mayBeginWithFormer, meetsOldPods } from '../../core/run/job.ts';
import { type DeliveredNames, deliveredOf, type Kept } from '../../core/names/delivered.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../deps.ts';
import { describe } from '../state/ourResources.ts';
import { takeOutKey } from '../waits/secretValue.ts';
import { toldOfSecret } from './cluster.ts';
import { type Told, told } from './problems.ts';
import type { SharedObjects } from './world.ts';

type Shared = Pick<SharedObjects, 'externalSecret' | 'deployment'>;

interface Judged {
  readonly deps: Pick<Deps, 'installation'>;
  readonly edits: Told<unknown>;
  readonly job: Pick<Job, 'names' | 'edits'>;
  readonly cluster: Shared;
}

/** Where the edits are known and none makes a variable, the live Deployment must give the worker that variable. Throws `Refused`. */
export function hasVariable({ deps, edits, job, cluster }: Judged): void {
  if (edits instanceof RegistrarError) return;
  for (const [i, value] of deliveredOf(job.names).entries())
    if (editOf(job.edits, entryOfValue('deployment', i)) === undefined) assertVariable(deps, value, cluster);
}

/**
 * A value without an entry in the Deployment: the live container must have its variable by `envFrom` of the Secret, and none in
 * `env` that is taken in its place. Throws `Refused` with what to deploy.
 */
export function assertVariable(deps: Pick<Deps, 'installation'>, names: Kept, shared: Shared): void {
  if (!deliveryOf(names).frozen) return;
  const { envVar, secretKey } = names;
  const { container, file } = deps.installation.authentik.deployment;
  const { secret, source } = liveSource(deps, envVar, shared);
  if (isFromKey(source, secret, secretKey)) return;
  const where = `container ${container} of the live ${describe(deps, 'deployment')}`;
  throw source === undefined || source.by === 'envFrom'
    ? refused(
        'Kubernetes',
        `${where} gets no variable ${envVar}: it has no envFrom of Secret ${secret} that makes it of the key ${secretKey}`,
        `Deploy ${file}, by which it has.`,
      )
    : refused(
        'Kubernetes',
        `${where} has a variable ${envVar} of its own, which is taken in place of the one that envFrom makes of Secret ${secret}`,
        `Take it out, or deploy ${file}, which does not have it.`,
      );
}

/** Whether the Secret has a key of the client already: left over of a run before, or of a client that is changed. */
export async function keyStood(
  { externalSecrets, installation }: Pick<Deps, 'externalSecrets' | 'installation'>,
  { names }: Pick<Job, 'names'>,
  { targetSecret }: Pick<ExternalSecretState, 'targetSecret'>,
): Promise<boolean> {
  const { namespace } = installation.authentik;
  const written = deliveredOf(names).map(({ secretKey }) =>
    externalSecrets.secretWrittenAt(namespace, targetSecret, secretKey),
  );
  return (await Promise.all(written)).some((time) => time !== undefined);
}

/**
 * Where {@link meetsOldPods}, no key of the Secret may hold a value that the client had before: new pods would have it, too. Throws
 * `Refused`.
 */
export async function noOldValue(
  { externalSecrets, installation }: Pick<Deps, 'externalSecrets' | 'installation'>,
  job: Pick<Job, 'continued'> & Parameters<typeof meetsOldPods>[0] & Parameters<typeof mayBeginWithFormer>[0],
  { targetSecret }: Pick<ExternalSecretState, 'targetSecret'>,
): Promise<void> {
  if (job.continued || job.before.vaultField) return;
  if (!meetsOldPods(job) && !(job.mode === 'discovery' && mayBeginWithFormer(job))) return;
  const { namespace } = installation.authentik;
  const { secretKey } = job.names;
  if ((await externalSecrets.secretValue(namespace, targetSecret, secretKey)) === undefined) return;
  throw refused(
    'Kubernetes',
    `Secret ${namespace}/${targetSecret} holds ${secretKey} before the client has a secret: the worker may be given that, and Authentik's discovery may have it applied`,
    `Take it out: ${takeOutKey(namespace, targetSecret, secretKey)}.`,
  );
}

/** What may be taken in place of the client's variables, of the live container. */
export function variableWarnings(
  deps: Pick<Deps, 'installation'>,
  names: DeliveredNames,
  shared: Shared,
): readonly string[] {
  return deliveredOf(names).flatMap(({ envVar }) => laterWarnings(liveSource(deps, envVar, shared).source));
}

function liveSource(deps: Pick<Deps, 'installation'>, envVar: string, shared: Shared) {
  const { container } = deps.installation.authentik.deployment;
  const { targetSecret: secret } = toldOfSecret(shared);
  const environment = environmentOf(told(shared.deployment)?.['spec']?.template?.spec, container);
  return { secret, source: environment && variableSource(environment, envVar, secret) };
}
