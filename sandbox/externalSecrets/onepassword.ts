import { RefreshError, type OpenProvider } from './provider.ts';

/** One vault of a Connect server, as the operator's 1Password provider asks for it. */
export const onePasswordProvider: OpenProvider = (settings, { connectUrl, token, signal }) => {
  const { connectHost, vaults } = settings as { connectHost: string; vaults: Record<string, number> };
  const asked = { url: connectUrl(connectHost), vault: Object.keys(vaults)[0] ?? '', token, signal };
  return {
    value: async (ref, where) => valueOf(asked, ref, where),
    all: async (ref, where) => allValuesOf(asked, ref, where),
  };
};

/**
 * One vault by the service account of 1Password's SDK: a key is a reference without the vault (`item/field`, or with a section between),
 * and a property is passed over (External Secrets 0.20, `pkg/provider/onepasswordsdk/client.go`). What the stand-in of Connect keeps it reads.
 */
export const onePasswordSdkProvider: OpenProvider = (settings, { connectUrl, token, signal }) => {
  const { vault } = settings as { vault: string };
  const asked = { url: connectUrl(''), vault, token, signal };
  return {
    value: async ({ key }, where) => {
      const [item = '', ...field] = key.replace(/^\//, '').split('/');
      if (field.length === 0 || /[^A-Za-z0-9 ._-]/.test(item))
        throw new RefreshError(
          `${where}, err: error resolving secret reference: invalid secret reference op://${vault}/${key}`,
        );
      return valueOf(asked, { key: item, property: field.at(-1) ?? '' }, where);
    },
    all: async (ref, where) => allValuesOf(asked, ref, where),
  };
};

interface Asked {
  readonly url: string;
  readonly vault: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

interface VaultRow {
  readonly id: string;
}

interface Item {
  readonly id: string;
  readonly fields?: readonly { readonly label?: string; readonly value?: string }[];
}

/** The value of one field. */
async function valueOf(
  asked: Asked,
  ref: { readonly key: string; readonly property?: string },
  where: string,
): Promise<string> {
  const item = await itemTitled(asked, ref.key, where);
  const label = ref.property ?? 'password';
  const fields = item.fields ?? [];
  refuseTwice(
    fields.map((field) => field.label ?? ''),
    label,
    { key: ref.key, where },
  );
  return fields.find((field) => field.label === label)?.value ?? '';
}

/** Every field of an item, as `dataFrom.extract` takes them, or the one of a property; two of one label fail it. */
async function allValuesOf(
  asked: Asked,
  { key, property }: { readonly key: string; readonly property?: string },
  where: string,
): Promise<readonly (readonly [string, string])[]> {
  const { fields = [] } = await itemTitled(asked, key, where);
  const labels = fields.map(({ label = '' }) => label);
  const meant = fields.filter(({ label = '' }) => property === undefined || label === property);
  return meant.map(({ label = '', value = '' }) => {
    refuseTwice(labels, label, { key, where });
    return [label, value] as const;
  });
}

function refuseTwice(
  labels: readonly string[],
  label: string,
  { key, where }: { readonly key: string; readonly where: string },
): void {
  const count = labels.filter((each) => each === label).length;
  if (count === 1) return;
  throw new RefreshError(
    `${where}, err: expected one 1Password ItemField matching: '${label}' in '${key}', got ${count}`,
  );
}

/** Four requests: the vault by name, the item by title, the item, and the item once more. Nothing is kept. */
async function itemTitled(asked: Asked, title: string, where: string): Promise<Item> {
  const vaults = await ask<readonly VaultRow[]>(asked, `/v1/vaults?${filter('title', asked.vault)}`, where);
  const [vault] = vaults;
  if (vault === undefined || vaults.length > 1)
    throw new RefreshError(`${where}, err: found ${vaults.length} vaults named ${asked.vault}`);
  // An id has a form of its own, which no title of the sandbox has.
  if (/^[a-z0-9]{26}$/.test(title)) return ask<Item>(asked, `/v1/vaults/${vault.id}/items/${title}`, where);
  const items = await ask<readonly Item[]>(asked, `/v1/vaults/${vault.id}/items?${filter('title', title)}`, where);
  const [item] = items;
  if (item === undefined || items.length > 1)
    throw new RefreshError(`${where}, err: found ${items.length} items titled ${title}`);
  await ask<Item>(asked, `/v1/vaults/${vault.id}/items/${item.id}`, where);
  return ask<Item>(asked, `/v1/vaults/${vault.id}/items/${item.id}`, where);
}

function filter(field: string, value: string): string {
  return `filter=${encodeURIComponent(`${field} eq "${value}"`)}`;
}

/** Without a time limit, as in the operator: a Connect that hangs holds up every ExternalSecret. */
async function ask<T>({ url, token, signal }: Asked, path: string, where: string): Promise<T> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` }, signal }).catch(
    (error: unknown) => {
      throw signal.aborted ? error : new RefreshError(`${where}, err: connection refused`);
    },
  );
  if (response.ok) return (await response.json()) as T;
  const { message = '' } = (await response.json().catch(() => ({}))) as { message?: string };
  throw new RefreshError(`${where}, err: status ${response.status}: ${message}`);
}
