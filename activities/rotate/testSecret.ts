import { RegistrarError } from '../../core/base/errors.ts';
import { previousLabel } from '../../core/names/labels.ts';
import type { Check, StepReport } from '../../core/run/reports.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { secretOf } from '../state/vaultSecret.ts';

export interface TestReport extends StepReport {
  readonly checks: readonly Check[];
  readonly at: number;
}

/** Authentik takes the new secret and refuses the old one. Throws `Failed`. The values stay in memory. */
export async function testSecret(deps: Deps, job: RotationJob): Promise<TestReport> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  const wrong = await whatIsWrong(
    deps,
    job,
    secretOf(contents, vaultField),
    secretOf(contents, previousLabel(vaultField)),
  );
  if (wrong !== undefined) throw notAccepted(job, wrong);
  const check = { name: 'Authentik takes the new secret and refuses the old one', ok: true, detail: 'both tried' };
  return { checks: [check], at: temporalNow(), note: 'right for the new one, refused for the old one' };
}

/** Undefined where Authentik takes one secret and refuses another. */
export async function whatIsWrong(
  deps: Deps,
  job: Pick<RotationJob, 'names'>,
  right: Secret,
  wrong: Secret,
): Promise<string | undefined> {
  const { clientId } = job.names;
  if ((await deps.authentik.testSecret(clientId, right)) !== 'right')
    return 'Authentik refuses the secret that is in service';
  // A public client takes anything, and a provider that kept its old value takes that.
  if ((await deps.authentik.testSecret(clientId, wrong)) !== 'wrong')
    return 'Authentik takes the secret that is out of service';
  return undefined;
}

export function notAccepted(job: Pick<RotationJob, 'client' | 'names'>, why: string): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Failed',
    message: `the secret of ${job.client} is not what it should be: ${why}`,
    remedy: `Look at provider "${job.names.providerName}" and blueprint ${job.names.blueprintPath} in Authentik's admin interface.`,
  });
}
