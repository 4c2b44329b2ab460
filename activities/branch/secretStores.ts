import { RegistrarError } from '../../core/base/errors.ts';
import { enumerated } from '../../core/base/words.ts';
import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { type StoreRef, storeRefOf, storeRefusal, storesIn } from '../../core/kubernetes/secretStores.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import { manifestAt } from '../state/manifest.ts';
import type { SearchedFiles } from './fieldClaims.ts';

/**
 * What the manifests of stores in the repository show to be wrong with those from which the secret would be brought. A store that no
 * file has is judged by the cluster alone.
 */
export async function refusedStores(deps: SearchedFiles, asked: Asked): Promise<readonly RegistrarError[]> {
  const problems: RegistrarError[] = [];
  for (const each of await fillings(deps, asked)) {
    const stores = each.ref === undefined ? [] : await storesNamed(deps, asked.base, each.ref);
    const refusal = storeRefusal(each, each.ref, stores, deps.installation);
    if (refusal !== undefined) problems.push(new RegistrarError(refusal));
  }
  return problems;
}

/** Stores that say by a name which vault they read, where the settings have none: each may be of another vault. */
export async function unnamedStores(deps: SearchedFiles, asked: Asked): Promise<readonly string[]> {
  const vault = vaultOf(deps.installation, {});
  const warnings = new Set<string>();
  for (const { ref } of await fillings(deps, asked)) {
    const all = ref === undefined ? [] : await storesNamed(deps, asked.base, ref);
    const stores = all.filter(({ kind, name }) => kind === ref?.kind && name === ref.name);
    for (const { kind, name, where, provider } of stores) {
      const titles = vault.unnamedStore((provider ?? {}) as Readonly<Record<string, unknown>>);
      const quoted = enumerated(titles.map((each) => `"${each}"`));
      const read = titles.length === 1 ? `vault ${quoted} by its name` : `vaults ${quoted} by their names`;
      if (titles.length > 0)
        warnings.add(
          `${kind} ${name} (${where}) reads ${read}, and registrar.yaml has none to compare: set vault.vaultName, so that a store of another vault is refused`,
        );
    }
  }
  return [...warnings];
}

type Asked = Pick<Job, 'registration' | 'names' | 'base'>;

/** Who is filled from which store: Authentik's ExternalSecret, and those of consumers. */
async function fillings(deps: SearchedFiles, { registration, names, base }: Asked) {
  const { name } = deps.installation.authentik.externalSecret;
  const own = await manifestAt(deps, base, 'externalSecret');
  const authentiks = deliveredOf(names).map(({ secretKey }) => ({
    holder: `ExternalSecret ${name}`,
    setting: 'authentik.externalSecret',
    ref: storeRefOf(own?.['spec'], secretKey),
  }));
  return [
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
}

async function storesNamed({ git }: SearchedFiles, commit: string, ref: StoreRef) {
  const paths = (await git.filesHolding(commit, [ref.name])).filter((path) => /\.(ya?ml|json)$/.test(path));
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await git.readFile(commit, path) })));
  return texts.flatMap(({ path, text }) => (text === undefined ? [] : storesIn(text, path)));
}
