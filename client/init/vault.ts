import { own } from '../../core/base/own.ts';
import { itemsRead } from '../../core/kubernetes/externalSecret/spec.ts';
import { remoteKeyOf } from '../../core/kubernetes/externalSecret/arrivals.ts';
import { storeRefOf } from '../../core/kubernetes/secretStores.ts';
import { foundSettings, VAULT_QUESTIONS } from '../../core/vault/fromFiles.ts';
import { externalSecretsOf } from './finders/externalSecrets.ts';
import { keyOf, ownEntry } from './finders/naming.ts';
import { storeOf } from './finders/stores.ts';
import type { Candidate, Interview } from './interview.ts';
import type { Objects } from './objects.ts';
import { VAULT } from './questions.ts';
import type { Tree } from './tree.ts';

/** `vault` of registrar.yaml: what store and ExternalSecret tell, and what is asked. */
export async function vaultSettingsOf(
  interview: Interview,
  tree: Tree,
  { externalSecret, standing, worker }: Objects,
): Promise<Readonly<Record<string, string>>> {
  const store = storeOf(tree, externalSecret);
  const ref = storeRefOf(externalSecret.spec);
  if (store === undefined && ref !== undefined)
    interview.notes.push(
      `ExternalSecret ${externalSecret.name} of ${externalSecret.file} is filled from ${ref.kind} ${ref.name}, which no file holds: see that it reads the vault of these settings; a worker refuses it otherwise`,
    );
  if (store?.problem !== undefined) {
    interview.problems.push(store.problem);
    return {};
  }
  const filled = externalSecretsOf(tree, worker);
  const keys = standing.flatMap((client) => {
    const { name, key } = ownEntry(client, worker) ?? { name: externalSecret.target };
    const by = filled.find(({ target }) => target === name) ?? externalSecret;
    const ref = remoteKeyOf(by.spec, String(key ?? keyOf(client, worker, by.target)));
    return ref === undefined ? [] : [{ client: client.slug, key: ref }];
  });
  const all = foundSettings({ store, keys: itemsRead(externalSecret.spec), standing: keys, from: externalSecret.file });
  const known: Record<string, string> = {};
  for (const { key, value, from } of all)
    if (!VAULT.some((each) => each.key === key)) {
      known[key] = value;
      interview.tell({ setting: `vault.${key}` }, value, from);
    }
  for (const asked of VAULT) {
    const found = all.filter(({ key }) => key === asked.key);
    const candidates = found.map(({ value, from }): Candidate<string> => ({ label: value, value, from }));
    if (VAULT_QUESTIONS.find(({ key }) => key === asked.key)?.isNeeded(known) !== true) continue;
    const value = await interview.enter(withKnown(asked, known), candidates);
    if (value !== undefined) known[asked.key] = value;
  }
  return known;
}

/** With what is known in the place of `<key>`, as far as a shell takes it as it is in double quotes. */
function withKnown<T extends { readonly hint?: string }>(asked: T, known: Readonly<Record<string, string>>): T {
  const hint = asked.hint?.replaceAll(/<(\w+)>/g, (all, key: string) => {
    const value = own(known, key);
    return typeof value === 'string' && /^[^"$`\\!\p{Cc}]+$/u.test(value) ? value : all;
  });
  return hint === undefined ? asked : { ...asked, hint };
}
