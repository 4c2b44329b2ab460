import { readSection } from './blueprintSection.ts';
import { obstacleIn, sameSection, scopedBoth } from './sameSection.ts';
import { withoutClient } from './leaveSection.ts';
import { isAbsent, scopedSection, scopeOf } from './scopedSection.ts';
import { APPLICATION, PROVIDER } from './models.ts';
import { CLIENT_MODELS, identityOf, secretSourceOf, type SectionIdentity } from './sectionFacts.ts';
import { inWords } from './sectionValues.ts';
import { addConfigMapKey, removeConfigMapKey, type ConfigMapKey } from '../kubernetes/configMap.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { replaceSection, sectionIn } from '../kubernetes/mapSection.ts';
import { sameData } from '../yaml/sameData.ts';
import { updateSection } from './updateSection.ts';
import { CannotEdit, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** A client's section of the blueprints' ConfigMap. */
export interface ClientSection extends ConfigMapKey {
  /** The registration names the description; another one is a difference then. */
  readonly described: boolean;
  /** The registration names all scope mappings that are found by their names. */
  readonly mappings?: boolean;
  /** The client's name, by which its marks are known. */
  readonly client?: string;
  /** The client's blueprint as a whole, where `value` is what it asks of one of several sections. */
  readonly whole?: string;
  /** The installation says that new clients join this section, where it is there. */
  readonly joins?: boolean;
}

/** Adds the section, or its entries to one that clients join; one that says the same, however it was written, is there already. */
export function addClientSection(text: string, wanted: ClientSection): EditOutcome {
  const outcome = addConfigMapKey(text, wanted);
  if (outcome.kind !== 'different') return outcome;
  if (sameSection(outcome.found, wanted.value, wanted)) return { kind: 'alreadyThere', text };
  if (!mayJoin(outcome.found, wanted)) return outcome;
  return guarded(wanted.value, () => replaceSection(text, wanted, updateSection(outcome.found, wanted.value, wanted)));
}

/** Takes the client's entries out, if they say what was asked for, and with the last of its entries the section. */
export function removeClientSection(text: string, wanted: ClientSection): EditOutcome {
  const outcome = removeConfigMapKey(text, wanted);
  if (outcome.kind !== 'different') return outcome;
  const { found } = outcome;
  if (isElsewhere(found, wanted)) return { kind: 'alreadyThere', text };
  if (!sameSection(found, wanted.value, wanted)) return outcome;
  return guarded('', () => {
    const left = withoutClient(found, wanted.value, wanted);
    return left === undefined
      ? removeConfigMapKey(text, { ...wanted, value: found })
      : replaceSection(text, wanted, left);
  });
}

/** Whether a section is one that the client may join: it makes others, and nothing of this one. */
export function mayJoin(found: string, wanted: Pick<ClientSection, 'joins' | 'value' | 'whole'>): boolean {
  return wanted.joins === true && isElsewhere(found, wanted);
}

/** Whether a section makes other clients, and nothing of this one. */
export function isElsewhere(found: string, { value, whole = value }: Pick<ClientSection, 'value' | 'whole'>): boolean {
  return (
    undefinedIfUneditable(() => isAbsent(scopedSection(readSection(found), scopeOf(readSection(whole), undefined)))) ??
    false
  );
}

/** Changes the section that is there to what is asked for, where it is the same client's. */
export function updateClientSection(text: string, wanted: ClientSection): EditOutcome {
  return guarded(wanted.value, () => {
    const found = sectionIn(text, wanted);
    if (found === undefined) throw new CannotEdit(`data has no ${wanted.key}`);
    return replaceSection(
      text,
      wanted,
      inSection(wanted.key, () => clientUpdated(found, wanted)),
    );
  });
}

/** The blueprint that is there, with this client as it is asked for. Throws {@link CannotEdit} where it is another one's, or cannot be told. */
export function clientUpdated(
  found: string,
  wanted: Pick<ClientSection, 'value' | 'client' | 'described' | 'mappings' | 'whole'>,
): string {
  const obstacle = obstacleIn(...scopedBoth(found, wanted.value, wanted));
  if (obstacle !== undefined) throw new CannotEdit(obstacle, 'unclear');
  const differs = identityDifference(found, wanted);
  if (differs !== undefined) throw new CannotEdit(differs);
  return updateSection(found, wanted.value, wanted);
}

/** An edit of one section of several, which its reasons name. */
function inSection<T>(key: string, edit: () => T): T {
  try {
    return edit();
  } catch (error) {
    throw error instanceof CannotEdit && error.code === 'unclear'
      ? new CannotEdit(`section ${key}: ${error.message}`, error.code)
      : error;
  }
}

/** Puts a section back that {@link updateClientSection} changed: what `origin` had, while what it asked for stands. */
export function restoreClientSection(text: string, origin: string, wanted: ClientSection): EditOutcome {
  return guarded('', () => {
    const [now, before] = [sectionIn(text, wanted), sectionIn(origin, wanted)];
    if (now === undefined || before === undefined) throw new CannotEdit(`data has no ${wanted.key}`);
    if (now === before) return { kind: 'alreadyThere', text };
    if (now === updateSection(before, wanted.value, wanted)) return replaceSection(text, wanted, before, origin);
    if (sameSection(now, before, wanted)) return { kind: 'alreadyThere', text };
    // Comments may have come in since: then the lines that say something else go back.
    if (sameSection(now, wanted.value, wanted)) return replaceSection(text, wanted, updateSection(now, before, wanted));
    return { kind: 'different', found: now, wanted: wanted.value };
  });
}

/**
 * Why a section is another client's, or gets its secret from elsewhere, with the way to do it all the same; undefined where it is
 * this one's.
 */
export function identityDifference(
  found: string,
  { value, whole = value }: Pick<ClientSection, 'value' | 'whole'>,
): string | undefined {
  const [section, of] = [readSection(found), readSection(value)];
  const scoped = scopedSection(section, scopeOf(whole === value ? of : readSection(whole), undefined));
  const models = CLIENT_MODELS.filter((model) => of.entries.some((entry) => entry.model === model));
  const asked = identityOf(of, models);
  const there = identityOf(scoped, models) ?? identityOf(section, models);
  if (there === undefined) return `the section holds ${clientInWords(asked, models)}`;
  if (sameData(there, asked)) return sourceDifference(secretSourceOf(scoped), secretSourceOf(of));
  const moved = movedId(there, asked);
  if (moved !== undefined) return moved;
  const words = [
    ['slug', there.slug, asked?.slug],
    ['provider name', there.providerName, asked?.providerName],
    ['client id', there.clientId, asked?.clientId],
  ]
    .filter(([, is, wants]) => !sameData(is, wants))
    .map(([what, is, wants]) => `${String(what)} ${inWords(is)}, not ${inWords(wants)}`);
  return (
    `the section is of ${words.join(' and ')}. These are never changed, for logins, sessions and consumers go by them: ` +
    'write in spec.slug, spec.providerName and spec.clientId what stands, or deregister the client as it is and register it anew, ' +
    'or rename it by hand in Authentik, the section and the consumers'
  );
}

/** The refusal where nothing but the source of the client id (a text, a variable or a file) is another than asked; else undefined. */
function movedId(there: SectionIdentity, asked: SectionIdentity | undefined): string | undefined {
  const [is, wants] = [there.clientId, asked?.clientId];
  const isSame = asked !== undefined && sameData({ ...there, clientId: wants }, asked);
  if (!isSame || typeof is === typeof wants) return undefined;
  return (
    `the section has client id ${inWords(is)}, not ${inWords(wants)}, and the job never moves it: write in spec.clientId what stands; ` +
    'or, with the same id as before, put it by hand into vault, ExternalSecret, worker and section (or take it out there), and have that ' +
    'deployed before you register it so'
  );
}

/** What one section of the client's must hold of it, where it does not. */
function clientInWords(asked: SectionIdentity | undefined, models: readonly string[]): string {
  if (!models.includes(APPLICATION)) return `no OAuth2 provider of name ${JSON.stringify(asked?.providerName)}`;
  const provider = models.includes(PROVIDER) ? ' with an OAuth2 provider of its own' : '';
  return `no application of slug ${JSON.stringify(asked?.slug)}${provider}`;
}

/** A secret that stands in the section itself moves out of it; from a variable to another one it would leave the first behind. */
function sourceDifference(found: string | undefined, wanted: string | undefined): string | undefined {
  // A public client has none to read.
  if (found === undefined || wanted === undefined || found === wanted) return undefined;
  return (
    `the section reads its secret from ${found}, not from ${wanted}. The job never moves it, for what the worker has stays ` +
    'behind: write in spec.envVar or spec.secretKey what stands, or change section, worker and ExternalSecret by hand'
  );
}
