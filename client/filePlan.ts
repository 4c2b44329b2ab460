import path from 'node:path';
import { fieldClaims, type SearchedFiles } from '../activities/branch/fieldClaims.ts';
import { wholeReaders } from '../activities/branch/wholeReaders.ts';
import { EDIT_STEPS } from '../activities/branch/runBranch.ts';
import { withoutThoseLeft } from '../activities/preflight/jobOf.ts';
import { ask, Problems } from '../activities/preflight/problems.ts';
import { engineModeAt, namesNoGrants, wantedOf } from '../activities/state/blueprintOf.ts';
import { findRecord } from '../activities/state/facts.ts';
import { sectionsOf as sectionsIn } from '../activities/state/manifest.ts';
import { hasSince } from '../core/authentik/releases.ts';
import { renderBlueprint } from '../core/authentik/renderBlueprint.ts';
import type { EngineMode } from '../core/authentik/wantedState.ts';
import { withoutTakenUp } from '../core/changes/extraFiles.ts';
import { planFileChanges, type FileChangePlan } from '../core/changes/fileChanges.ts';
import { noLongerNamed } from '../core/consumers/consumersOf.ts';
import type { Installation } from '../core/installation/installation.ts';
import { scopeFor } from '../core/edits/blueprint/scopedSection.ts';
import { namesIn } from '../core/edits/blueprint/namesIn.ts';
import { sectionsOf } from '../core/edits/blueprint/sectionSources.ts';
import type { Names } from '../core/names/names.ts';
import { changedFiles, plannedFiles, type ChangePlan } from '../core/plan/plan.ts';
import type { FileTexts } from '../core/plan/unifiedDiff.ts';
import type { Registration } from '../core/registration/registration.ts';
import { fluxWarnings } from './fluxOffline.ts';
import { JUDGES, roomIn, type WorldOfFiles } from './judgesOfFiles.ts';
import { remainingByHand } from './remainingByHand.ts';
import { writtenFor } from './secretOffline.ts';
import { unreadIdOffline } from './unreadIdOffline.ts';
import { warningsOfFiles } from './warningsOfFiles.ts';
import { readOnce, type RepositoryTexts } from './workingCopy.ts';

export interface FilePlanInput {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly files: RepositoryTexts;
  /** Release of Authentik. Where it is not given, what only Authentik can tell of a section that stands is left as it is. */
  readonly authentik?: string | undefined;
}

export interface FilePlan {
  readonly plan: ChangePlan;
  readonly files: readonly FileTexts[];
}

/**
 * What a registration would change of files, as far as these alone tell. Asks no system. Throws one error with everything that
 * the edits refuse, or that a run would refuse of the same texts.
 */
export async function filePlan(given: FilePlanInput): Promise<FilePlan> {
  const input = { ...given, files: readOnce(given.files) };
  const { registration, installation, files } = input;
  const names = namesIn(registration, installation, sectionsOf(installation, files.read));
  const unread = unreadIdOffline(registration, names);
  const deps = { git: gitOf(files), installation };
  const problems = new Problems();
  const blueprint = await blueprintOf(deps, input, names);
  const { planned, deliveredFiles } = await editsOf(deps, input, names, blueprint.text);
  const claims = await fieldClaims(deps, { registration, names, base: '' }, planned);
  const whole = await ask(() => wholeReaders(deps, { names, base: '' }, planned));
  const room = await ask(() => roomIn(deps, names, blueprint));
  const byFlux = await ask(() => fluxWarnings(installation, files, deps.git));
  const { sections, engineMode } = blueprint;
  const world: WorldOfFiles = {
    deps,
    files,
    registration,
    names,
    planned,
    claims,
    whole,
    room,
    byFlux,
    sections,
    engineMode,
  };
  await problems.judge(world, JUDGES);
  problems.throwIfAny();
  const edits = withoutTakenUp(planned, deliveredFiles);
  const changed = changedFiles(edits);
  const warnings = [...blueprint.warnings, ...unread, ...(await warningsOfFiles(world))];
  const unchanged = changed.length === 0;
  const remaining = unchanged ? [] : remainingByHand(world, edits);
  const client = registration.metadata.name;
  return {
    plan: { client, unchanged, files: plannedFiles(changed), actions: [], warnings, remaining },
    files: changed,
  };
}

interface Blueprint {
  readonly sections: readonly string[];
  readonly engineMode: EngineMode;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** The client's sections as they stand, and what is asked of it. */
async function blueprintOf(
  deps: SearchedFiles,
  { registration, installation, authentik }: FilePlanInput,
  names: Names,
): Promise<Blueprint> {
  const sections = await sectionsIn(deps, '', names);
  const engineMode = await engineModeAt(deps, '', { registration, names });
  const server = writtenFor(registration, installation, names, { sections, release: authentik });
  const { text, warnings } = renderBlueprint({ registration, installation, names, engineMode, ...server });
  if (sections.length === 0) return { sections, engineMode, text, warnings };
  // A run asks Authentik whether the provider has the grant types already, and adds them where it has not.
  const grantsKnown = authentik === undefined || !hasSince('grantTypes', authentik);
  const unsure = authentik === undefined && namesNoGrants(sections, scopeFor(names, registration));
  return {
    sections,
    engineMode,
    text: wantedOf(sections, { rendered: text, grantsKnown, names, registration }),
    warnings: unsure ? [...warnings, NO_GRANTS] : warnings,
  };
}

const NO_GRANTS =
  'its blueprint names no grant_types: a run adds them where Authentik (2026.5 or later) has others than authorization_code and refresh_token; --authentik RELEASE plans for a release';

/** The edits of its files, and the further files that an earlier run has delivered, where a record tells. */
async function editsOf(
  deps: SearchedFiles,
  { registration, installation, files }: FilePlanInput,
  names: Names,
  blueprintText: string,
) {
  const { record } = await findRecord(deps, registration.metadata.name, '');
  const { cluster } = installation.authentik;
  const former = record === undefined ? {} : noLongerNamed(record.delivered.consumers, registration, cluster);
  const steps = EDIT_STEPS;
  const input = { registration, installation, names, blueprintText, steps, read: files.read, ...former };
  const all = planFileChanges(input);
  const staying = withoutThoseLeft(former, all);
  if (staying.length === all.length) return { planned: all, deliveredFiles: record?.delivered.files };
  const isStaying = ({ entry }: Pick<FileChangePlan, 'entry'>): boolean => staying.some((edit) => edit.entry === entry);
  return { planned: planFileChanges(input, isStaying), deliveredFiles: record?.delivered.files };
}

/** The working copy as the activities read a commit. */
function gitOf({ read, paths, filesHolding }: RepositoryTexts): SearchedFiles['git'] {
  return {
    readFile: async (_commit, path) => read(path),
    listFiles: async (_commit, folder) => paths().filter((file) => path.posix.dirname(file) === folder),
    filesHolding: async (_commit, texts) => filesHolding(texts),
  };
}
