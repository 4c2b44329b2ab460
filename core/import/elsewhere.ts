import { at } from '../base/own.ts';
import { enumerated } from '../base/words.ts';
import { clientsIn, type FoundClient } from '../edits/blueprint/clientsIn.ts';
import { PROVIDER } from '../edits/blueprint/models.ts';
import { sectionSources } from '../edits/blueprint/sectionSources.ts';
import type { Installation } from '../installation/installation.ts';
import { objectsIn } from '../kubernetes/manifests.ts';
import type { Names } from '../names/names.ts';

/** Clients of blueprints that `authentik.blueprints` does not name. */
export interface Elsewhere {
  readonly path: string;
  /** As `ConfigMap wiki-blueprint of apps/wiki.yaml`. */
  readonly what: string;
  readonly clients: readonly FoundClient[];
}

interface Files {
  readonly read: (path: string) => string | undefined;
  readonly filesHolding: (texts: readonly string[]) => readonly string[];
}

/** Where objects that bring blueprints to a worker hold their texts. */
const HOLDERS: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['data'],
  Secret: ['stringData'],
  ExternalSecret: ['spec', 'target', 'template', 'data'],
};

/** Blueprints of clients in other objects and files than the one ConfigMap that is edited; what cannot be read tells nothing. */
export function clientsElsewhere(
  { authentik: { blueprints } }: Pick<Installation, 'authentik'>,
  { read, filesHolding }: Files,
): readonly Elsewhere[] {
  const sources = sectionSources(blueprints, read(blueprints.file) ?? '');
  const own = new Set(sources.flatMap((each) => ('path' in each ? [each.path.replace(/^\.\//, '')] : [])));
  return filesHolding([PROVIDER])
    .filter((path) => /\.ya?ml$/.test(path) && !own.has(path))
    .flatMap((path) => {
      const text = read(path) ?? '';
      const objects = objectsIn(text);
      if (objects.some((each) => Array.isArray(at(each, 'entries')))) return of(path, path, new Map([[path, text]]));
      return objects.flatMap((object) => {
        const [kind, name] = [String(at(object, 'kind')), String(at(object, 'metadata', 'name'))];
        const holder = Object.hasOwn(HOLDERS, kind) ? HOLDERS[kind] : undefined;
        if (holder === undefined || (kind === 'ConfigMap' && path === blueprints.file && name === blueprints.configMap))
          return [];
        const texts = Object.entries(at(object, ...holder) ?? {}).filter(
          (each): each is [string, string] => typeof each[1] === 'string' && each[1].includes(PROVIDER),
        );
        return of(path, `${kind} ${name} of ${path}`, new Map(texts));
      });
    });
}

function of(path: string, what: string, sections: ReadonlyMap<string, string>): readonly Elsewhere[] {
  const { clients } = clientsIn(sections);
  return clients.length === 0 ? [] : [{ path, what, clients }];
}

/** What an import of all clients tells of them, a line each. */
export function elsewhereLines(found: readonly Elsewhere[]): readonly string[] {
  return found.map(({ what, clients }) => {
    const names = clients.map(({ slug, providerName }) => slug ?? providerName ?? '?');
    return `elsewhere: ${enumerated(names)} in ${what}, which authentik.blueprints of registrar.yaml does not name: the job looks after one ConfigMap`;
  });
}

/** Warnings of a client whose names stand there, too: where it is the same Authentik, it would apply whichever text changed last. */
export function elsewhereWarnings(
  { slug, providerName, clientId }: Pick<Names, 'slug' | 'providerName' | 'clientId'>,
  found: readonly Elsewhere[],
): readonly string[] {
  return found.flatMap(({ what, clients }) =>
    clients.flatMap((client) => {
      const same = [
        ...(client.slug === slug ? [`slug "${slug}"`] : []),
        ...(client.providerName === providerName ? [`provider name "${providerName}"`] : []),
        ...(client.clientId === clientId ? [`client id "${clientId}"`] : []),
      ];
      return same.length === 0
        ? []
        : [
            `${enumerated(same)} ${same.length === 1 ? 'stands' : 'stand'} in ${what} as well: where that is for the same Authentik, it would apply whichever text changed last, and a run refuses what is there`,
          ];
    }),
  );
}
