import { refused } from '../../core/base/errors.ts';
import { linesToMount, secretMountOf } from '../../core/installation/secretDelivery.ts';
import type { Deps } from '../deps.ts';
import { describe } from '../state/ourResources.ts';
import { toldOfSecret } from './cluster.ts';
import { told } from './problems.ts';
import type { SharedObjects } from './world.ts';

/**
 * `delivery: file`: the live Deployment mounts the Secret where the blueprints read it, so that the kubelet refreshes it. Throws
 * `Refused` with the lines to add.
 */
export function assertMounted(deps: Pick<Deps, 'installation'>, shared: SharedObjects): void {
  const { delivery, secretFolder: folder, deployment } = deps.installation.authentik;
  if (delivery !== 'file' || folder === undefined) return;
  const wanted = { container: deployment.container, folder, secretName: toldOfSecret(shared).targetSecret };
  const mount = secretMountOf(told(shared.deployment)?.['spec']?.template?.spec, wanted);
  if (mount.kind !== 'none') return;
  throw refused(
    'Kubernetes',
    `${describe(deps, 'deployment')} does not have the client secrets as files: ${mount.why}`,
    `Mount the Secret in ${deployment.file} and deploy that:\n${linesToMount(wanted)}`,
  );
}
