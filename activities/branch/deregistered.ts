import { refused, type RegistrarError } from '../../core/base/errors.ts';
import { registrationPaths } from '../../core/names/registrationPaths.ts';
import { wayBack } from '../../core/run/deregistration.ts';
import type { FilesOf } from '../state/manifest.ts';
import type { Deps } from '../deps.ts';

type Asked = Pick<FilesOf, 'installation'> & { readonly git: Pick<Deps['git'], 'readFile' | 'deletedText'> };

/** Says that the client was registered once and is no more; undefined where its file is there, or never was. */
export async function deregistered(deps: Asked, client: string, base: string): Promise<RegistrarError | undefined> {
  const { gitops } = deps.installation;
  const paths = registrationPaths(gitops, client);
  for (const path of paths) if ((await deps.git.readFile(base, path)) !== undefined) return undefined;
  for (const path of paths) {
    if ((await deps.git.deletedText(base, path)) === undefined) continue;
    return refused(
      'registration file',
      `client ${client} is not registered any more: ${path} was deleted from ${gitops.branch}`,
      `${wayBack(client, path)} Otherwise nothing is left to do where it was deregistered; oidc-registrar deregister ${client} takes out what is left of it where it was not.`,
    );
  }
  return undefined;
}
