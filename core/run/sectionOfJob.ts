import { readSection } from '../edits/blueprint/blueprintSection.ts';
import { sameSection } from '../edits/blueprint/sameSection.ts';
import { isAbsent, makesOthers, partsOf, scopedSection, scopeOf } from '../edits/blueprint/scopedSection.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import type { Job } from './job.ts';

type Planned = Pick<Job, 'blueprint'>;

/**
 * Whether a section says of this client what its job's text says. In a section that makes others, too, these may have changed
 * theirs since the job was planned; in one of its own any other text is somebody's change of it.
 */
export function saysAsPlanned(found: string | undefined, { blueprint }: Planned): boolean {
  if (found === undefined || found === blueprint.text) return found !== undefined;
  const value = ofClient(blueprint);
  return isShared(found, value) && sameSection(found, blueprint.text, { described: false, value });
}

/** Whether the job's text makes other clients as well: its file and its instance are theirs, too. */
export function isOfOthersToo({ blueprint }: Planned): boolean {
  return isShared(blueprint.text, ofClient(blueprint));
}

/** Whether a section makes this client, or may: one that cannot be read. */
export function makesClient(text: string | undefined, { slug, providerName }: Job['names']): boolean {
  if (text === undefined) return false;
  const scope = { slug, providerName, accounts: [], client: undefined };
  return undefinedIfUneditable(() => !isAbsent(scopedSection(readSection(text), scope))) ?? true;
}

/** The client's part of a section's text; undefined where it has none. Of one that is its alone, or cannot be read, all of it. */
export function ownPart(text: string, names: Job['names']): string | undefined {
  const { slug, providerName } = names;
  return makesClient(text, names)
    ? partsOf(text, { slug, providerName, accounts: [], client: undefined }).own
    : undefined;
}

/** The client's blueprint by itself: the job keeps it apart where the section says more. */
function ofClient({ asked, text }: Job['blueprint']): string {
  return asked ?? text;
}

function isShared(text: string, value: string): boolean {
  return undefinedIfUneditable(() => makesOthers(text, scopeOf(readSection(value), undefined))) ?? false;
}
