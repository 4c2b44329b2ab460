import { RegistrarError } from '../../core/base/errors.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { storeRefOf } from '../../core/kubernetes/secretStores.ts';
import { type WholeReader, type WholeWanted, wholeReadersIn, wholeReadersOf } from '../../core/policy/wholeItem.ts';
import type { Job } from '../../core/run/job.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Deps } from '../deps.ts';
import { manifestAt } from '../state/manifest.ts';
import { readable, type SearchedFiles } from './fieldClaims.ts';

type Asked = Pick<Job, 'names' | 'base'>;

/** ExternalSecrets of the repository, as this change leaves it, that take the vault's item whole; of nothing delivered none. */
export async function wholeReaders(
  deps: SearchedFiles,
  job: Asked,
  planned: readonly Pick<PlannedChange, 'path' | 'after'>[],
): Promise<readonly WholeReader[]> {
  if (deliveredOf(job.names).length === 0) return [];
  const wanted = await wantedIn(deps, job);
  const found: WholeReader[] = [];
  for (const path of await deps.git.filesHolding(job.base, ['dataFrom'])) {
    if (!/\.(ya?ml|json)$/.test(path)) continue;
    const change = planned.findLast((each) => each.path === path);
    const manifests = change === undefined ? await readable(deps, job.base, path) : change.after;
    found.push(...wholeReadersIn(manifests ?? '', path, wanted));
  }
  return found;
}

/** Who takes the vault's item whole in the clusters, in every namespace, and what could not be looked at. */
export interface LiveReaders {
  readonly readers: readonly WholeReader[];
  /** As a warning. */
  readonly unseen: readonly string[];
}

/**
 * Those of Authentik's cluster that no file of the repository shows. A token that may not list them leaves them unseen: they are the
 * repository's, mostly.
 */
export async function liveWholeReaders(deps: Deps, job: Asked, inFiles: readonly WholeReader[]): Promise<LiveReaders> {
  const wanted = await wantedIn(deps, job);
  const readers: WholeReader[] = [];
  const unseen: string[] = [];
  for (const kind of ['ExternalSecret', 'ClusterExternalSecret']) {
    const objects = await listed(deps, kind);
    if (objects === undefined) unseen.push(kind);
    else
      for (const object of objects)
        readers.push(...wholeReadersOf(object, `live in cluster ${deps.cluster.name}`, wanted));
  }
  // A manifest without a namespace gets it where it is deployed.
  const isTold = ({ what }: WholeReader): boolean =>
    inFiles.some((each) => each.what === what || each.what === what.replace(/ [^/]*\//, ' '));
  return {
    readers: readers.filter((reader) => !isTold(reader)),
    unseen:
      unseen.length === 0
        ? []
        : [
            `the worker may not list ${unseen.join(' and ')} in cluster ${deps.cluster.name}: whether one that is in no file of the repository takes the whole ${vaultOf(deps.installation, job.names).place} is not known`,
          ],
  };
}

async function listed({ cluster }: Deps, kind: string): Promise<readonly KubernetesObject[] | undefined> {
  try {
    return await cluster.list({ apiVersion: 'external-secrets.io/v1', kind });
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Unauthorized') return undefined;
    // External Secrets may be installed without that kind; and of its own objects the run asks elsewhere.
    if (error instanceof RegistrarError && error.status === 404) return [];
    throw error;
  }
}

async function wantedIn(deps: SearchedFiles, { names, base }: Asked): Promise<WholeWanted> {
  const own = await manifestAt(deps, base, 'externalSecret');
  return { field: names.vaultField, vault: vaultOf(deps.installation, names), store: storeRefOf(own?.['spec']) };
}
