import type { Names } from '../../../core/names/names.ts';

/**
 * What a registration adds to the data of its files, said a second time and without a word of the code under test: the data as a
 * parser of somebody else's reads it goes in, and is changed as it is to be.
 */
export interface Wanted {
  readonly names: Names;
  readonly itemTitle: string;
  readonly vault: string;
  readonly blueprint: string;
  readonly role: {
    readonly task: string;
    readonly template: string;
    readonly dest: string;
    readonly fact: string;
    readonly guarded: boolean;
    readonly place: 'end' | { readonly after: string } | { readonly before: string };
  };
  readonly client: string;
  readonly tags: readonly string[];
}

type Data = Record<string, unknown>;

function objectOf(documents: readonly unknown[], kind: string): Data {
  const found = documents.filter((each) => (each as Data | null)?.['kind'] === kind) as Data[];
  if (found[0] === undefined) throw new Error(`no ${kind}`);
  return found[0];
}

/** Defaults of the API that neighbours write out may be written out here too: they say nothing. */
const DEFAULTS: Data = { conversionStrategy: 'Default', decodingStrategy: 'None' };

export function wantSecret(documents: unknown[], { names, itemTitle }: Wanted, found: readonly unknown[]): void {
  const dataOf = (all: readonly unknown[]): Data[] =>
    ((objectOf(all, 'ExternalSecret')['spec'] as Data)['data'] as Data[] | undefined) ?? [];
  const made = (dataOf(found).at(-1)?.['remoteRef'] ?? {}) as Data;
  const defaults = Object.fromEntries(Object.entries(DEFAULTS).filter(([key, value]) => made[key] === value));
  const spec = objectOf(documents, 'ExternalSecret')['spec'] as Data;
  const entries = keysOf(names).map(({ secretKey, vaultField }) => ({
    secretKey,
    remoteRef: { key: itemTitle, property: vaultField, ...defaults },
  }));
  spec['data'] = [...dataOf(documents), ...entries];
}

/** The secret's names, and those of a client id that is kept beside it. */
function keysOf({ vaultField, secretKey, envVar, keptId }: Names) {
  return [{ vaultField, secretKey, envVar }, ...(keptId === undefined ? [] : [keptId])];
}

function variables(names: Names, secretName: string): readonly Data[] {
  return keysOf(names).map(({ envVar, secretKey }) => ({
    name: envVar,
    valueFrom: { secretKeyRef: { name: secretName, key: secretKey } },
  }));
}

export function wantEnv(documents: unknown[], { names }: Wanted, secretName: string): void {
  const { spec } = objectOf(documents, 'Deployment') as { spec: Data };
  const pod = (spec['template'] as Data)['spec'] as Data;
  const containers = pod['containers'] as Data[];
  const container = containers.find((each) => each['name'] === 'worker');
  if (container === undefined) throw new Error('no container worker');
  container['env'] = [...((container['env'] as unknown[] | undefined) ?? []), ...variables(names, secretName)];
}

export function wantItem(documents: unknown[], { names }: Wanted): void {
  const spec = (objectOf(documents, 'Deployment')['spec'] as Data)['template'] as Data;
  const volumes = (spec['spec'] as Data)['volumes'] as Data[];
  const secret = volumes.find(({ name }) => name === 'secrets')?.['secret'] as Data;
  const items = keysOf(names).map(({ secretKey }) => ({ key: secretKey, path: secretKey }));
  secret['items'] = [...(secret['items'] as unknown[]), ...items];
}

export function wantResource(documents: unknown[], found: readonly unknown[]): void {
  const kustomization = objectOf(documents, 'Kustomization');
  const made = (objectOf(found, 'Kustomization')['resources'] as string[] | undefined)?.at(-1);
  // As the neighbour is written.
  const resource = made === './oidc.yaml' ? made : 'oidc.yaml';
  kustomization['resources'] = [...((kustomization['resources'] as unknown[] | undefined) ?? []), resource];
}

export function wantValues(documents: unknown[], { names }: Wanted, secretName: string): void {
  const values = documents[0] as Data;
  const worker = (values['worker'] ?? {}) as Data;
  worker['env'] = [...((worker['env'] as unknown[] | undefined) ?? []), ...variables(names, secretName)];
  values['worker'] = worker;
}

export function wantBlueprint(documents: unknown[], { names, blueprint }: Wanted): void {
  const configMap = objectOf(documents, 'ConfigMap');
  configMap['data'] = { ...(configMap['data'] as Data | undefined), [names.blueprintKey]: blueprint };
}

export function wantGenerated(documents: unknown[], { names }: Wanted, found: readonly unknown[]): void {
  const mine = (all: readonly unknown[]): Data =>
    (objectOf(all, 'Kustomization')['configMapGenerator'] as Data[]).find(
      ({ name }) => name === 'authentik-blueprints',
    ) as Data;
  const path = `blueprints/${names.blueprintKey}`;
  // The bare path says the same as key and path.
  const made = (mine(found)['files'] as string[]).at(-1);
  const generator = mine(documents);
  generator['files'] = [
    ...((generator['files'] as string[] | undefined) ?? []),
    made === path ? path : `${names.blueprintKey}=${path}`,
  ];
}

export function wantTask(documents: unknown[], { role }: Wanted): void {
  const tasks = (documents[0] ?? []) as Data[];
  documents[0] = tasks;
  const at = (name: string): number => tasks.findIndex((task) => task['name'] === name);
  const { place } = role;
  const index = place === 'end' ? tasks.length : 'after' in place ? at(place.after) + 1 : at(place.before);
  tasks.splice(index, 0, {
    name: role.task,
    'ansible.builtin.template': { src: role.template, dest: role.dest, mode: '0600' },
    ...(role.guarded ? { when: `${role.fact} is defined` } : {}),
    no_log: true,
  });
}

export function wantDefault(documents: unknown[], { role }: Wanted): void {
  documents[0] = { ...(documents[0] as Data | undefined), [role.fact]: '' };
}

export function wantPreTasks(documents: unknown[], wanted: Wanted, root: boolean): void {
  const { role, client, tags, names, vault } = wanted;
  const usesRole = (play: Data): boolean =>
    [
      ...((play['roles'] ?? []) as unknown[]),
      ...((play['tasks'] ?? []) as Data[]).map((task) => task['import_role']),
    ].some(
      (each) =>
        each === 'zot' ||
        (each as Data | undefined)?.['role'] === 'zot' ||
        (each as Data | undefined)?.['name'] === 'zot',
    );
  const play = (documents[0] as Data[]).find((each) => usesRole(each));
  if (play === undefined) throw new Error('no play uses the role');
  const suffix = client === 'zot' ? '' : ' for role zot';
  play['pre_tasks'] = [
    ...((play['pre_tasks'] as unknown[] | undefined) ?? []),
    {
      name: `Fetch ${client} OIDC client secret${suffix}`,
      'ansible.builtin.command': { cmd: `op read "op://${vault}/${names.vaultField}"` },
      delegate_to: 'localhost',
      ...(root ? { become: false } : {}),
      register: `_${role.fact}`,
      changed_when: false,
      no_log: true,
      check_mode: false,
      tags,
    },
    {
      name: `Set ${client} OIDC client secret${suffix} fact`,
      'ansible.builtin.set_fact': { [role.fact]: `{{ _${role.fact}.stdout }}` },
      no_log: true,
      tags,
    },
  ];
}
