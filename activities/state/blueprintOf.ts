import { hashOf } from './appliedHash.ts';
import { withoutGrantTypes } from '../../core/authentik/renderBlueprint.ts';
import { PROVIDER } from '../../core/edits/blueprint/models.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { ownSection, type Scope, scopeFor, type SectionTexts } from '../../core/edits/blueprint/scopedSection.ts';
import { engineModeOf } from '../../core/edits/blueprint/sectionFacts.ts';
import { clientSection } from '../../core/changes/blueprintEdits.ts';
import { clientParts } from '../../core/edits/blueprint/clientParts.ts';
import { type ClientSection, identityDifference, mayJoin } from '../../core/edits/blueprint/clientSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { CannotEdit } from '../../core/edits/yaml/yamlDocument.ts';
import type { Job } from '../../core/run/job.ts';
import { type EngineMode, modeAskedBy, type WantedState } from '../../core/authentik/wantedState.ts';
import type { Deps } from '../deps.ts';
import { sectionAt, sectionsOf, type FilesOf } from './manifest.ts';

interface Asked extends Pick<Job, 'names' | 'registration'> {
  /** The blueprint as the job writes it. */
  readonly rendered: string;
  /** Authentik holds the grant types that are asked for, or knows none: a section by hand need not name them. */
  readonly grantsKnown: boolean;
}

/**
 * The client's blueprint as it stands in the file at a commit, or as the edits will leave it there: what people wrote keeps its
 * bytes, so the hash by which Authentik's files are told is that of their text and not of ours.
 */
export async function blueprintAt(deps: Deps, commit: string, asked: Asked): Promise<Job['blueprint']> {
  const { registration, names } = asked;
  const whole = wantedOf(await sectionsOf(deps, commit, names), asked);
  const parts = clientParts(whole, names);
  const texts = new Map<number | undefined, string>();
  for (const { section, index, text } of parts) {
    const found = await sectionAt(deps, commit, section.blueprintKey);
    const wanted: ClientSection = {
      ...clientSection(deps.installation, { registration, section, isMain: index === undefined }),
      value: text,
      whole,
    };
    texts.set(index, found === undefined ? text : resulting(found, wanted));
  }
  const of = (index?: number) => texts.get(index) ?? whole;
  const further = (names.further ?? []).map((_section, index) => ({ text: of(index), hash: hashOf(of(index)) }));
  return { ...withHash(of(), whole), ...(further.length === 0 ? {} : { further }) };
}

/** What is asked of sections that stand: the rendered text, without grant types where it need not name them. */
export function wantedOf(found: SectionTexts, { rendered, grantsKnown, names, registration }: Asked): string {
  const isSilent = registration.spec.provider?.grantTypes === undefined;
  return isSilent && grantsKnown && namesNoGrants(found, scopeFor(names, registration))
    ? withoutGrantTypes(rendered)
    : rendered;
}

/** What the edits make of a section; the wanted text where they refuse, which the plan will say. */
function resulting(found: string, wanted: ClientSection): string {
  const { value } = wanted;
  try {
    if (sameSection(found, value, wanted)) return found;
    const edits = mayJoin(found, wanted) || identityDifference(found, wanted) === undefined;
    return edits ? updateSection(found, value, wanted) : value;
  } catch (error) {
    if (error instanceof CannotEdit) return value;
    throw error;
  }
}

/** Whether the client's provider is there, without grant types. */
export function namesNoGrants(texts: SectionTexts, scope: Scope): boolean {
  const entries = ownSection(texts, scope)?.entries ?? [];
  return (
    entries.some(({ model }) => model === PROVIDER) &&
    entries.every(({ model, values }) => model !== PROVIDER || !('grant_types' in values))
  );
}

/**
 * The engine mode that a registration asks for. Where it is silent, that of an application that is there, by the client's section
 * at a commit, or where that is silent too by Authentik: `any` would let in who is in one group of several. A new application gets `any`.
 */
export async function engineModeAt(
  deps: FilesOf,
  commit: string,
  { registration, names }: Pick<Job, 'registration' | 'names'>,
  found?: { readonly policyEngineMode: string | undefined },
): Promise<EngineMode> {
  const asked = modeAskedBy(registration);
  if (asked !== undefined) return asked;
  const texts = await sectionsOf(deps, commit, names);
  if (texts.length === 0) return 'any';
  return engineModeOf(texts, scopeFor(names, registration)) ?? (found?.policyEngineMode === 'all' ? 'all' : 'any');
}

/** Policy engine mode of a job which an earlier run has planned. */
export function engineModeIn({ application }: WantedState): EngineMode {
  return application.policyEngineMode === 'all' ? 'all' : 'any';
}

function withHash(text: string, asked: string): Job['blueprint'] {
  const hash = hashOf(text);
  return { text, hash, ...(asked === text ? {} : { asked }) };
}
