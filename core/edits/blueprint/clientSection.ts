import { readSection } from './blueprintSection.ts';
import { sameSection } from './sameSection.ts';
import { hasOthersEntries, identityOf } from './sectionFacts.ts';
import { addConfigMapKey, removeConfigMapKey, type ConfigMapKey } from '../kubernetes/configMap.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { replaceSection, sectionIn } from '../kubernetes/mapSection.ts';
import { sameData } from '../yaml/sameData.ts';
import { updateSection } from './updateSection.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** A client's section of the blueprints' ConfigMap. */
export interface ClientSection extends ConfigMapKey {
  /** The registration names the description; another one is a difference then. */
  readonly described: boolean;
}

/** Adds the section; one that says the same, however it was written, is there already. */
export function addClientSection(text: string, wanted: ClientSection): EditOutcome {
  const outcome = addConfigMapKey(text, wanted);
  return outcome.kind === 'different' && sameSection(outcome.found, wanted.value, wanted)
    ? { kind: 'alreadyThere', text }
    : outcome;
}

/** Takes the section out, if it says what was asked for and nothing of people's beside it. */
export function removeClientSection(text: string, wanted: ClientSection): EditOutcome {
  const outcome = removeConfigMapKey(text, wanted);
  return outcome.kind === 'different' &&
    sameSection(outcome.found, wanted.value, wanted) &&
    !hasOthersEntries(outcome.found)
    ? removeConfigMapKey(text, { ...wanted, value: outcome.found })
    : outcome;
}

/** Changes the section that is there to what is asked for, where it is the same client's. */
export function updateClientSection(text: string, wanted: ClientSection): EditOutcome {
  return guarded(wanted.value, () => {
    const found = sectionIn(text, wanted);
    if (found === undefined) throw new CannotEdit(`data has no ${wanted.key}`);
    const differs = identityDifference(found, wanted.value);
    if (differs !== undefined) throw new CannotEdit(differs);
    return replaceSection(text, wanted, updateSection(found, wanted.value, wanted));
  });
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

/** Why a section is another client's, with the way to do it all the same; undefined where it is this one's. */
export function identityDifference(found: string, wanted: string): string | undefined {
  const [there, asked] = [identityOf(readSection(found)), identityOf(readSection(wanted))];
  if (there === undefined) return 'the section is not of one application with one OAuth2 provider';
  if (sameData(there, asked)) return undefined;
  const words = [
    ['slug', there.slug, asked?.slug],
    ['provider name', there.providerName, asked?.providerName],
    ['client id', there.clientId, asked?.clientId],
  ]
    .filter(([, is, wants]) => is !== wants)
    .map(([what, is, wants]) => `${String(what)} ${JSON.stringify(is)}, not ${JSON.stringify(wants)}`);
  return (
    `the section is of ${words.join(' and ')}. These are never changed, for logins, sessions and consumers go by them: ` +
    'write in spec.slug, spec.providerName and spec.clientId what stands, or deregister the client as it is and register it anew, ' +
    'or rename it by hand in Authentik, the section and the consumers'
  );
}
