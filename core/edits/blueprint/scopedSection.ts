import { MADE_FOR } from '../../authentik/renderBlueprint.ts';
import { sameData } from '../yaml/sameData.ts';
import type { Section } from './blueprintSection.ts';
import { APPLICATION, BINDING, GROUP, PROVIDER, USER } from './models.ts';
import { untoldName, type SectionEntry } from './sectionEntries.ts';

/** A section as one client sees it: what is not this client's has no key, as all that people keep there beside a client. */
export interface ScopedSection extends Section {
  /** It makes applications or providers of others, too: its metadata are nobody's alone. */
  readonly shared: boolean;
}

/** Whose a section is looked at for. */
export interface Scope {
  /** The client's blueprint by itself: it names slug and provider. */
  readonly of: Section;
  /** The client's name, by which the groups and accounts are marked that the job has made for it. */
  readonly client: string | undefined;
}

/**
 * A section with the keys of this client's entries alone. In one that makes other clients as well, a binding is whose application
 * it binds; of groups and accounts only those count that the client asks for or is marked to have made: any other may be
 * somebody else's.
 */
export function scopedSection(there: Section, { of, client }: Scope): ScopedSection {
  const [slug, name] = [valueOf(of, APPLICATION, 'slug'), valueOf(of, PROVIDER, 'name')];
  const application = there.entries.find((entry) => entry.model === APPLICATION && entry.values['slug'] === slug);
  const isClient = ({ model, values }: SectionEntry): boolean =>
    model === APPLICATION
      ? values['slug'] === slug
      : values['name'] === name ||
        sameData(application?.values['provider'], { object: PROVIDER, name: values['name'] });
  const isOwn = (entry: SectionEntry): boolean => {
    const { model, key, values } = entry;
    if (model === APPLICATION || model === PROVIDER) return isClient(entry);
    if (model === BINDING) return sameData(values['target'], { object: APPLICATION, name: slug });
    if (model !== GROUP && model !== USER) return false;
    return of.entries.some((each) => each.key === key) || isMarkedFor(entry, client);
  };
  const shared = there.entries.some(
    (entry) => (entry.model === APPLICATION || entry.model === PROVIDER) && !isClient(entry),
  );
  if (!shared) return { ...there, shared };
  return {
    ...there,
    shared,
    entries: there.entries.map((entry) => (isOwn(entry) || untoldName(entry) !== undefined ? entry : ofOthers(entry))),
  };
}

/** What is unclear of it is no matter of this client. */
function ofOthers({ model, id, values, node, mark }: SectionEntry): SectionEntry {
  return { model, id, values, node, key: undefined, ...(mark === undefined ? {} : { mark }) };
}

/** Whether the entry above makes it for this client. */
export function isMarkedFor({ mark }: SectionEntry, client: string | undefined): boolean {
  return client !== undefined && mark?.getIn(['attrs', 'attributes', MADE_FOR]) === client;
}

/** Whether a section holds neither application nor provider of the client: it may join, or has left. */
export function isAbsent({ entries, shared }: ScopedSection): boolean {
  return (
    shared && !entries.some(({ model, key }) => key !== undefined && (model === APPLICATION || model === PROVIDER))
  );
}

function valueOf({ entries }: Section, model: string, field: string): unknown {
  return entries.find((entry) => entry.model === model)?.values[field];
}
