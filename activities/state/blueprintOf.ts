import { createHash } from 'node:crypto';
import { withoutGrantTypes } from '../../core/authentik/renderBlueprint.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { PROVIDER } from '../../core/edits/blueprint/models.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { engineModeOf } from '../../core/edits/blueprint/sectionFacts.ts';
import { identityDifference } from '../../core/edits/blueprint/clientSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { CannotEdit } from '../../core/edits/yaml/yamlDocument.ts';
import type { Job } from '../../core/run/job.ts';
import { type EngineMode, modeAskedBy, type WantedState } from '../../core/authentik/wantedState.ts';
import type { Deps } from '../deps.ts';
import { sectionAt, type FilesOf } from './manifest.ts';

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
  const found = await sectionAt(deps, commit, asked.names.blueprintKey);
  if (found === undefined) return withHash(asked.rendered, asked.rendered);
  const wanted = wantedOf(found, asked);
  return withHash(resulting(found, wanted, asked.registration.spec.description !== undefined), wanted);
}

/** What is asked of a section that stands: the rendered text, without grant types where it need not name them. */
export function wantedOf(found: string, { rendered, grantsKnown }: Pick<Asked, 'rendered' | 'grantsKnown'>): string {
  return grantsKnown && namesNoGrants(found) ? withoutGrantTypes(rendered) : rendered;
}

/** What the edits make of a section; the wanted text where they refuse, which the plan will say. */
function resulting(found: string, wanted: string, described: boolean): string {
  try {
    if (sameSection(found, wanted, { described })) return found;
    return identityDifference(found, wanted) === undefined ? updateSection(found, wanted, { described }) : wanted;
  } catch (error) {
    if (error instanceof CannotEdit) return wanted;
    throw error;
  }
}

/** Whether a provider of it is left without grant types. */
export function namesNoGrants(text: string): boolean {
  try {
    return readSection(text).entries.every(({ model, values }) => model !== PROVIDER || !('grant_types' in values));
  } catch (error) {
    if (error instanceof CannotEdit) return false;
    throw error;
  }
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
  const text = await sectionAt(deps, commit, names.blueprintKey);
  if (text === undefined) return 'any';
  return engineModeOf(text) ?? (found?.policyEngineMode === 'all' ? 'all' : 'any');
}

/** That of a job which an earlier run has planned. */
export function engineModeIn({ application }: WantedState): EngineMode {
  return application.policyEngineMode === 'all' ? 'all' : 'any';
}

function withHash(text: string, asked: string): Job['blueprint'] {
  const hash = createHash('sha512').update(text).digest('hex');
  return { text, hash, ...(asked === text ? {} : { asked }) };
}
