import { readSection } from '../edits/blueprint/blueprintSection.ts';
import { sameSection } from '../edits/blueprint/sameSection.ts';
import { isAbsent, makesOthers, partsOf, scopedSection, scopeOf } from '../edits/blueprint/scopedSection.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import { clientParts, sectionsOfClient } from '../edits/blueprint/clientParts.ts';
import { keysOf } from '../kubernetes/ourEntries.ts';
import type { Names, SectionNames } from '../names/names.ts';
import type { Job } from './job.ts';

type Planned = Pick<Job, 'names' | 'blueprint'>;

/**
 * Whether a section says of this client what its job's text says. In a section that makes others, too, these may have changed
 * theirs since the job was planned; in one of its own any other text is somebody's change of it.
 */
export function saysAsPlanned(found: string | undefined, { names, blueprint }: Planned): boolean {
  if (found === undefined || found === blueprint.text) return found !== undefined;
  const whole = ofClient(blueprint);
  const value = blueprint.asked ?? whole;
  const joins = names.joined === true;
  const shared = joins || isShared(found, whole, names);
  return shared && sameSection(found, blueprint.text, { described: false, value, whole, joins });
}

/** Whether each section of a client that is live says so; see {@link saysAsPlanned}. */
export function sayAsPlanned(live: Readonly<Record<string, string>>, job: Pick<Job, 'names' | 'blueprint'>): boolean {
  return bySection(job).every((part) => saysAsPlanned(live[part.names.blueprintKey], part));
}

/** Whether any of these sections makes something of this client; see {@link makesClient}. */
export function makeClient(live: Readonly<Record<string, string>>, names: Names): boolean {
  return keysOf(names).some((key) => makesClient(live[key], names));
}

/** Whether the job's text says something of others as well: its file and its instance are theirs, too. */
export function isOfOthersToo({ names, blueprint }: Planned): boolean {
  return isShared(blueprint.text, ofClient(blueprint), names);
}

/** Whether a section makes this client, or may: one that cannot be read. */
export function makesClient(text: string | undefined, { slug, providerName }: Job['names']): boolean {
  if (text === undefined) return false;
  const scope = { slug, providerName, accounts: [], client: undefined };
  return undefinedIfUneditable(() => !isAbsent(scopedSection(readSection(text), scope))) ?? true;
}

/** The client's part of a section's text; undefined where it has none. Of one that is its alone, or cannot be read, all of it. */
export function ownPart(text: string, names: Job['names']): string | undefined {
  const { slug, providerName, joined } = names;
  return makesClient(text, names)
    ? partsOf(text, { slug, providerName, accounts: [], client: undefined, joined }).own
    : undefined;
}

/**
 * A client's job as each of its sections sees it, in the order in which Authentik must apply them: with the names of that section, its
 * text and what is asked of it. Most clients have one, and their job is returned as it is.
 */
export function bySection<Of extends Pick<Job, 'names' | 'blueprint'>>(job: Of): readonly Of[] {
  const { names, blueprint } = job;
  if (names.further === undefined) return [job];
  const whole = blueprint.asked ?? blueprint.text;
  const { further: _further, ...own } = names;
  return clientParts(whole, names).map(({ section, index, text: asked }) => {
    const { text, hash } = index === undefined ? blueprint : (blueprint.further?.[index] ?? blueprint);
    return {
      ...job,
      names: inSection(own, section, index),
      blueprint: { text, hash, asked, whole },
    };
  });
}

/** The names of a client once for each of its sections, as {@link bySection} has the whole job. */
export function namesBySection(names: Names): readonly Names[] {
  const { further, ...own } = names;
  if (further === undefined) return [names];
  return sectionsOfClient(names).map(({ section, index }) => inSection(own, section, index));
}

/** Names as one section sees them. A further one holds what people have put there, and counts as joined. */
function inSection({ joined: _joined, ...names }: Names, section: SectionNames, index: number | undefined): Names {
  const { blueprintKey, blueprintName, blueprintPath, joined = index !== undefined } = section;
  return { ...names, blueprintKey, blueprintName, blueprintPath, ...(joined ? { joined: true } : {}) };
}

/** The client's blueprint by itself: the job keeps it apart where the section says more. */
function ofClient({ whole, asked, text }: Job['blueprint']): string {
  return whole ?? asked ?? text;
}

function isShared(text: string, value: string, { joined }: Names): boolean {
  return undefinedIfUneditable(() => makesOthers(text, scopeOf(readSection(value), undefined, joined))) ?? false;
}
