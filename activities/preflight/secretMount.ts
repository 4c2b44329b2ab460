import { linesToMount, secretMountOf } from '../../core/installation/secretDelivery.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Deps } from '../deps.ts';
import { describe, liveExternalSecret, objectRef } from '../state/ourResources.ts';

/**
 * `delivery: file`: the live Deployment mounts the Secret where the blueprints read it, so that the kubelet refreshes it. Throws
 * `Refused` with the lines to add.
 */
export async function checkSecretMount(deps: Deps): Promise<void> {
  const { delivery, secretFolder: folder, deployment } = deps.installation.authentik;
  if (delivery !== 'file' || folder === undefined) return;
  const { targetSecret: secretName } = await liveExternalSecret(deps);
  const wanted = { container: deployment.container, folder, secretName };
  const live = await deps.cluster.get(objectRef(deps, 'deployment'));
  const mount = secretMountOf(live?.['spec']?.template?.spec, wanted);
  const refused = (message: string, remedy: string): RegistrarError =>
    new RegistrarError({ system: 'Kubernetes', kind: 'Refused', message, remedy });
  if (mount.kind === 'none') {
    throw refused(
      `${describe(deps, 'deployment')} does not have the client secrets as files: ${mount.why}`,
      `Mount the Secret in ${deployment.file} and deploy that:\n${linesToMount(wanted)}`,
    );
  }
}
