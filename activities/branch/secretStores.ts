import { RegistrarError } from '../../core/base/errors.ts';
import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { type StoreRef, storeRefOf, storeRefusal, storesIn } from '../../core/kubernetes/secretStores.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import { manifestAt } from '../state/manifest.ts';
import type { SearchedFiles } from './fieldClaims.ts';

/**
 * What the manifests of stores in the repository show to be wrong with those from which the secret would be brought. A store that no
 * file has is judged by the cluster alone.
 */
export async function refusedStores(
  deps: SearchedFiles,
  { registration, names, base }: Pick<Job, 'registration' | 'names' | 'base'>,
): Promise<readonly RegistrarError[]> {
  const { name } = deps.installation.authentik.externalSecret;
  const own = await manifestAt(deps, base, 'externalSecret');
  const authentiks = deliveredOf(names).map(({ secretKey }) => ({
    holder: `ExternalSecret ${name}`,
    setting: 'authentik.externalSecret',
    ref: storeRefOf(own?.['spec'], secretKey),
  }));
  const all = [
    // A patch of it may leave its store to what is patched.
    ...authentiks.filter(({ ref }, i) => {
      const isNew = !authentiks.slice(0, i).some((other) => sameData(other.ref, ref));
      return isNew && (ref !== undefined || JSON.stringify(own ?? {}).includes('"storeRef"'));
    }),
    ...writtenConsumers(registration).flatMap(({ consumer, written, index }) => {
      const filled = written.filled?.(consumer);
      return filled === undefined ? [] : [{ ...filled, setting: `spec.consumers.${index}` }];
    }),
  ];
  const problems: RegistrarError[] = [];
  for (const each of all) {
    const stores = each.ref === undefined ? [] : await storesNamed(deps, base, each.ref);
    const refusal = storeRefusal(each, each.ref, stores, deps.installation);
    if (refusal !== undefined) problems.push(new RegistrarError(refusal));
  }
  return problems;
}

async function storesNamed({ git }: SearchedFiles, commit: string, ref: StoreRef) {
  const paths = (await git.filesHolding(commit, [ref.name])).filter((path) => /\.(ya?ml|json)$/.test(path));
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await git.readFile(commit, path) })));
  return texts.flatMap(({ path, text }) => (text === undefined ? [] : storesIn(text, path)));
}
