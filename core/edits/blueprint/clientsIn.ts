import { sameData } from '../yaml/sameData.ts';
import { looseEntries, type LooseEntry } from './looseEntries.ts';
import { APPLICATION, BINDING, GROUP, PROVIDER } from './models.ts';
import { fileIn, inWords, textOf, variableIn } from './sectionValues.ts';

/** A client that the sections of a blueprints' ConfigMap make, by its entries, wherever they stand. */
export interface FoundClient {
  /** Undefined of a provider that no application names. */
  readonly slug: string | undefined;
  readonly applicationName: string | undefined;
  readonly providerName: string | undefined;
  /** As it is written: a text, or what its tag says, as `{ env: ['ZOT_CLIENT_ID'] }`; undefined where nothing says it. */
  readonly clientId: unknown;
  /** Keys of the sections in which its entries stand. */
  readonly sections: {
    readonly provider: string | undefined;
    readonly application: string | undefined;
    readonly bindings: readonly string[];
    /** Of the groups that its bindings name, where a section makes them. */
    readonly groups: readonly string[];
  };
  /** Why no registration can stand for it, as the rest of a sentence about it; undefined where one can. */
  readonly refusal?: string;
}

export interface ClientsFound {
  readonly clients: readonly FoundClient[];
  /** Sections of which nothing at all can be read, with the reason. */
  readonly unreadable: readonly { readonly key: string; readonly reason: string }[];
}

/**
 * Every client that these sections make, in the order of its application's entry. An application is joined with its provider
 * by what it names: an id of the same section, or a name or client id of any.
 */
export function clientsIn(sections: ReadonlyMap<string, string>): ClientsFound {
  const read = [...sections].map(([key, text]) => ({ key, ...looseEntries(key, text) }));
  const entries = read.flatMap((section) => section.entries);
  const of = (model: string): readonly LooseEntry[] => entries.filter((entry) => entry.model === model);
  const world: World = {
    providers: of(PROVIDER),
    applications: of(APPLICATION),
    bindings: of(BINDING),
    groups: of(GROUP),
  };
  const clients = world.applications.map((application) => clientOf(application, world));
  const named = new Set(world.applications.map((application) => providerOf(application, world.providers)));
  const alone = world.providers.filter((provider) => !named.has(provider));
  return {
    clients: [...clients, ...alone.map((provider) => clientOf(undefined, world, provider))],
    unreadable: read.flatMap(({ key, reason, entries: some }) =>
      reason === undefined || some.length > 0 ? [] : [{ key, reason }],
    ),
  };
}

interface World {
  readonly providers: readonly LooseEntry[];
  readonly applications: readonly LooseEntry[];
  readonly bindings: readonly LooseEntry[];
  readonly groups: readonly LooseEntry[];
}

function clientOf(
  application: LooseEntry | undefined,
  world: World,
  provider = application === undefined ? undefined : providerOf(application, world.providers),
): FoundClient {
  const slug = textOf(application?.values['slug']);
  const bindings = world.bindings.filter(
    ({ values }) => slug !== undefined && sameData(values['target'], { object: APPLICATION, name: slug }),
  );
  const groups = world.groups.filter(({ values: { name } }) =>
    bindings.some(({ values }) => sameData(values['group'], { object: GROUP, name })),
  );
  const refusal = refusalOf(application, provider, [...bindings, ...groups], world);
  return {
    slug,
    applicationName: textOf(application?.values['name']),
    providerName: textOf(provider?.values['name']),
    clientId: provider?.values['client_id'],
    sections: {
      provider: provider?.section,
      application: application?.section,
      bindings: keysOf(bindings),
      groups: keysOf(groups),
    },
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** The provider that an application names, by whatever it is found. */
function providerOf(application: LooseEntry, providers: readonly LooseEntry[]): LooseEntry | undefined {
  const reference = (application.values['provider'] ?? {}) as Readonly<Record<string, unknown>>;
  const conditions =
    reference['object'] === PROVIDER
      ? [['name', reference['name']]]
      : reference['find'] === PROVIDER
        ? (reference['where'] as readonly (readonly unknown[])[])
        : [];
  const found = providers.filter(
    ({ values }) =>
      conditions.length > 0 && conditions.every(([field, value]) => sameData(values[String(field)], value)),
  );
  return found.find(({ section }) => section === application.section) ?? found[0];
}

function refusalOf(
  application: LooseEntry | undefined,
  provider: LooseEntry | undefined,
  others: readonly LooseEntry[],
  { applications, providers }: World,
): string | undefined {
  if (application === undefined) return `no application of these sections names its provider (${provider?.section})`;
  const twice = applications.filter(({ values }) => values['slug'] === application.values['slug']);
  if (twice.length > 1)
    return `${twice.length} entries make its application (${keysOf(twice).join(', ')}): take out all but one`;
  if (provider === undefined) return withoutProvider(application);
  const same = providers.filter(({ values }) => values['name'] === provider.values['name']);
  if (same.length > 1)
    return `${same.length} entries make its provider (${keysOf(same).join(', ')}): take out all but one`;
  const id = provider.values['client_id'];
  const ofId = id === undefined ? [] : providers.filter(({ values }) => sameData(values['client_id'], id));
  if (ofId.length > 1)
    return `${ofId.length} providers have its client id (${keysOf(ofId).join(', ')}), and Authentik takes one of each`;
  const shared = applications.filter((each) => providerOf(each, providers) === provider);
  if (shared.length > 1) return `${shared.length} applications share its provider, and a registration is of one`;
  const unclear = [application, provider, ...others].find(({ problem }) => problem !== undefined)?.problem;
  return unclear ?? untoldClientId(provider);
}

function untoldClientId({ values: { client_id: clientId } }: LooseEntry): string | undefined {
  if (clientId === undefined || clientId === null)
    return 'its provider has no client_id, so Authentik has made one up: write that there';
  if (textOf(clientId) !== undefined || variableIn(clientId) !== undefined) return undefined;
  // Of which file, an import asks.
  if (fileIn(clientId) !== undefined) return undefined;
  return `the file does not tell its client id, ${inWords(clientId)}: write there what it is, or the variable that holds it (!Env NAME)`;
}

function withoutProvider({ values, section }: LooseEntry): string {
  const reference = values['provider'];
  if (reference === undefined || reference === null) return 'its application has no provider';
  const { object, find, name, keyOf } = reference as Readonly<Record<string, unknown>>;
  const model = object ?? find;
  if (typeof model === 'string' && model !== PROVIDER) return `its provider is a ${model}, no OAuth2 provider`;
  if (keyOf !== undefined)
    return `its application names the provider by !KeyOf ${textOf(keyOf) ?? '?'}, which is no entry above it in section ${section} that makes an OAuth2 provider of a name`;
  return `the provider that its application names${typeof name === 'string' ? `, "${name}",` : ''} stands in none of these sections`;
}

function keysOf(entries: readonly LooseEntry[]): readonly string[] {
  return [...new Set(entries.map(({ section }) => section))];
}
