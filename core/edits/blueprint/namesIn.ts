import type { Installation } from '../../installation/installation.ts';
import { isUnread } from '../../names/clientId.ts';
import { type FurtherSection, type Names, resolveNames, type SectionNames } from '../../names/names.ts';
import type { Registration } from '../../registration/registration.ts';
import { SECTION_KEY } from '../../registration/schemaParts.ts';
import { enumerated } from '../../base/words.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { readSection } from './blueprintSection.ts';
import { sectionsOfClient } from './clientParts.ts';
import { PROVIDER, keyOfNamed } from './models.ts';
import { ownSection, type Scope, scopeFor } from './scopedSection.ts';
import { inWords } from './sectionValues.ts';
import { type FoundClient, clientsIn } from './clientsIn.ts';

type Sections = ReadonlyMap<string, string>;

/**
 * The names of a client, with the section that its entries stand in: whoever made it may have given that any key. A client that
 * stands in none joins `authentik.blueprints.section`, or gets one by `naming.blueprintKey`. Throws as `resolveNames` does.
 */
export function namesIn(registration: Registration, installation: Installation, sections: Sections): Names {
  const names = resolveNames(registration, installation);
  const { mountedAs, section } = installation.authentik.blueprints;
  const made = sections.has(names.blueprintKey) ? names.blueprintKey : section;
  const found = standingAs(names, sections);
  const key = found?.sections.application ?? made ?? names.blueprintKey;
  const further = found === undefined ? [] : furtherOf(found, scopeFor(names, registration), sections);
  const of = (each: string): SectionNames => ({
    blueprintKey: each,
    blueprintPath: `${mountedAs}/${each}`,
    blueprintName: nameOf(sections.get(each)) ?? names.blueprintName,
    ...(each === section ? { joined: true } : {}),
  });
  return {
    ...names,
    ...(key === names.blueprintKey && key !== section ? {} : of(key)),
    ...(further.length === 0 ? {} : { further: further.map(({ at, ...each }) => ({ ...of(at), ...each })) }),
  };
}

type Further = Omit<FurtherSection, keyof SectionNames> & { readonly at: string };

/** The sections beside that of its application in which provider or bindings of a client stand, with its entries there. */
function furtherOf({ sections: found }: FoundClient, scope: Scope, sections: Sections): readonly Further[] {
  const { application = '', provider, bindings } = found;
  const others = [...new Set([provider ?? application, ...bindings])].filter((key) => key !== application);
  const keysIn = (section: string): readonly string[] =>
    ownSection(sections.get(section), scope)?.entries.flatMap(({ key }) => key ?? []) ?? [];
  const main = keysIn(application);
  return others.map((at) => ({
    at,
    entries: [
      ...keysIn(at).filter((key) => !main.includes(key)),
      ...(at === provider ? [keyOfNamed(PROVIDER, String(scope.providerName))] : []),
    ].filter((key, i, all) => all.indexOf(key) === i),
    ...(at === provider ? { first: true as const } : {}),
  }));
}

/**
 * What stands as the application of this slug, the very client before any other: where provider or client id are others, it is there
 * that the edits must say so, and nothing may pass for gone. Undefined where no section makes it.
 */
function standingAs(names: Names, sections: Sections): FoundClient | undefined {
  const found = likely(names, sections).filter(
    ({ slug, sections: { application = '' } }) => slug === names.slug && SECTION_KEY.test(application),
  );
  return (
    found.find((client) => client.refusal === undefined && isSame(client, names)) ??
    found.find((client) => client.sections.application === names.blueprintKey) ??
    found[0]
  );
}

/** Where its client id comes from a variable, slug and provider tell. */
function isSame({ providerName, clientId }: FoundClient, names: Names): boolean {
  return providerName === names.providerName && (typeof clientId !== 'string' || clientId === names.clientId);
}

/** Clients of the sections that hold one of these names at all: to read all others would be slow where there are hundreds. */
function likely(names: Names, sections: Sections): readonly FoundClient[] {
  const words = [names.slug, names.providerName, ...(isUnread(names) ? [] : [names.clientId])];
  const isPlain = words.every((word) => /^[\w .@/-]*$/.test(word));
  const some = [...sections].filter(([, text]) => !isPlain || words.some((word) => text.includes(word)));
  return clientsIn(new Map(some)).clients;
}

function nameOf(text: string | undefined): string | undefined {
  const name = undefinedIfUneditable(() =>
    text === undefined ? undefined : readSection(text).document.getIn(['metadata', 'name']),
  );
  return typeof name === 'string' ? name : undefined;
}

/**
 * Why a blueprint with these names cannot go into the section that is meant for it: another one makes the slug, the provider or
 * the client id, and Authentik would apply whichever text changed last. Undefined where none does. `foreign`: the key
 * of its section is not by the client's name, so that a client of it is another one unless all names are the same.
 */
export function takenElsewhere(
  names: Names,
  sections: Sections,
  foreign = false,
): { readonly reason: string; readonly remedy: string } | undefined {
  const clients = likely(names, sections).filter((client) => !isOfSection(client, names, { foreign, all: sections }));
  for (const client of clients) {
    const { provider, application } = client.sections;
    const slug = client.slug === names.slug ? [`slug "${names.slug}"`] : [];
    const others = [
      ...(client.providerName === names.providerName ? [`provider name "${names.providerName}"`] : []),
      ...(client.clientId === names.clientId ? [`client id "${names.clientId}"`] : []),
    ];
    const places =
      application === provider || provider === undefined
        ? [inSection([...slug, ...others], application ?? provider)]
        : [inSection(slug, application), inSection(others, provider)];
    const said = places.filter((place) => place !== undefined);
    if (said.length > 0)
      return {
        reason: `${said.join(', and ')} of the same ConfigMap${whatOf(client, names)}`,
        remedy: remedyFor(client, names),
      };
  }
  return undefined;
}

/** What is wrong with the client's own part of its section the edits say, and of a section of one client all of it is its own. */
function isOfSection(
  client: FoundClient,
  names: Names,
  { foreign, all }: { readonly foreign: boolean; readonly all: Sections },
): boolean {
  const { provider, application } = client.sections;
  const key = application ?? provider ?? '';
  const own = new Set(sectionsOfClient(names).map(({ section }) => section.blueprintKey));
  if (![key, provider ?? key].every((each) => own.has(each))) return false;
  if (client.slug === names.slug && isSame(client, names)) return true;
  if (foreign) return false;
  const text = all.get(key) ?? '';
  return clientsIn(new Map([[key, text]])).clients.length === 1;
}

function inSection(what: readonly string[], key: string | undefined): string | undefined {
  if (what.length === 0 || key === undefined) return undefined;
  return `${enumerated(what)} ${what.length === 1 ? 'is' : 'are'} in section ${key}`;
}

/** Why it cannot be taken, or what of a client of this slug is other than asked, as the end of a sentence. */
function whatOf({ refusal, slug, providerName, clientId }: FoundClient, names: Names): string {
  if (refusal !== undefined) return `: ${refusal}`;
  if (slug !== names.slug) return '';
  const others = [
    ['provider name', providerName, names.providerName],
    ['client id', clientId, names.clientId],
  ].filter(([, is, wants]) => is !== wants && typeof is === 'string');
  const words = others.map(([what, is, wants]) => `${String(what)} ${inWords(is)}, not ${inWords(wants)}`);
  return words.length === 0 ? '' : `, with ${words.join(' and ')}`;
}

function remedyFor({ slug, refusal }: FoundClient, names: Names): string {
  const otherwise = 'give the new client another spec.slug, spec.providerName (or spec.displayName) and spec.clientId';
  if (refusal !== undefined) return `Mend these sections, then start again; or ${otherwise}.`;
  return slug === names.slug
    ? `Where it is this client, "oidc-registrar import ${names.slug}" writes the registration that it has; else ${otherwise}.`
    : `Where it is another client, ${otherwise}; where it is this one, write its slug in spec.slug.`;
}
