import { pendingLabel, previousLabel, sinceLabel } from '../../core/names/labels.ts';
import type { Undone } from '../../core/run/reports.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { formerSecretsLeft } from '../authentik/formerSecrets.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { glanceAtExternalSecret } from '../state/ourResources.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { note, noted } from '../kit/wait.ts';
import { deliver, restartToken } from '../waits/restart.ts';
import { takenUp, type Values } from './takenUp.ts';
import { notAccepted, whatIsWrong } from './testSecret.ts';

const NOTHING: Undone = { undone: [], kept: [], blocks: false };

/**
 * Puts the previous value back into service and proves it: vault, Secret, workers, Authentik. It begins only once the
 * previous value has been read in the vault; where there is none, nothing was set, or an earlier attempt has it back already.
 */
export async function restoreSecret(deps: Deps, job: RotationJob): Promise<Undone> {
  const { vaultField } = job.names;
  if ((await swapBack(deps, job)) === 'neverSet') return NOTHING;
  await deliver(deps, job, 'restore');
  const contents = await vaultFor(deps, job.names).read();
  const values = valuesOf(deps, contents, job);
  const kept = [...(await takenUp(deps, job, values)), ...(await formerSecretsLeft(deps, job))];
  return {
    undone: [`the previous secret ${vaultField} is in service again, tested at Authentik`],
    kept,
    blocks: false,
  };
}

/** In service and taken out of it, after the labels are back. */
function valuesOf(deps: Deps, contents: VaultContents, job: RotationJob): Values {
  const inService = fieldOf(contents, job.names.vaultField)?.value;
  const taken = fieldOf(contents, pendingLabel(job.names.vaultField, job.changeId))?.value;
  if (inService === undefined) throw notAccepted(job, 'the vault has no value in service');
  // Somebody removed the new value: any other serves as the negative control.
  return { inService, taken: taken ?? deps.generateSecret() };
}

async function swapBack(deps: Deps, job: RotationJob): Promise<'restored' | 'neverSet'> {
  const { vaultField } = job.names;
  const pendingName = pendingLabel(vaultField, job.changeId);
  const contents = await vaultFor(deps, job.names).read();
  const previous = fieldOf(contents, previousLabel(vaultField));
  if (previous === undefined) return (await mayBeInUse(deps, job, contents)) ? 'restored' : 'neverSet';
  note({ restoring: true });
  const inService = fieldOf(contents, vaultField);
  const since = fieldOf(contents, sinceLabel(vaultField));
  await vaultFor(deps, job.names).change({
    relabel: [
      ...(inService === undefined ? [] : [{ fieldId: inService.id, to: pendingName }]),
      { fieldId: previous.id, to: vaultField },
    ],
    unmark: inService === undefined ? [] : [inService.id],
    remove: since === undefined ? [] : [since.id],
  });
  return 'restored';
}

/**
 * The labels are as before: they were never swapped, or an earlier attempt, or a run that died, has swapped them back and not
 * come to the rest. What holds the value tells the two apart.
 */
async function mayBeInUse(deps: Deps, job: RotationJob, contents: VaultContents): Promise<boolean> {
  const { vaultField, secretKey } = job.names;
  const inService = fieldOf(contents, vaultField)?.value;
  const pending = fieldOf(contents, pendingLabel(vaultField, job.changeId))?.value;
  if (inService === undefined || pending === undefined) return false;
  if (noted()['restoring'] === true) return true;
  const { namespace, deployment } = deps.installation.authentik;
  const live = await deps.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: deployment.name });
  const annotations = live?.['spec']?.template?.metadata?.annotations as Record<string, string> | undefined;
  if (annotations?.['oidc-registrar/restarted']?.startsWith(restartToken(job, 'set')) === true) return true;
  const { targetSecret } = await glanceAtExternalSecret(deps);
  if (!inService.equals(await deps.externalSecrets.secretValue(namespace, targetSecret, secretKey))) return true;
  return (await whatIsWrong(deps, job, inService, pending)) !== undefined;
}
