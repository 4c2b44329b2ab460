import path from 'node:path';
import { fieldClaims, undeclaredWarnings, type SearchedFiles } from '../activities/branch/fieldClaims.ts';
import { unnamedStores } from '../activities/branch/secretStores.ts';
import { wholeReaders } from '../activities/branch/wholeReaders.ts';
import { EDIT_STEPS } from '../activities/branch/runBranch.ts';
import { consumerWarnings } from '../activities/consumers/live.ts';
import { withoutThoseLeft } from '../activities/preflight/jobOf.ts';
import { ask, Problems, told } from '../activities/preflight/problems.ts';
import { engineModeAt, namesNoGrants, wantedOf } from '../activities/state/blueprintOf.ts';
import { findRecord } from '../activities/state/facts.ts';
import { checkSources, manifestAt, sectionsOf as sectionsIn } from '../activities/state/manifest.ts';
import { targetSecretOf } from '../core/edits/kubernetes/externalSecret.ts';
import { newBlock } from '../core/edits/kubernetes/helmValues.ts';
import { undefinedIfUneditable } from '../core/edits/yaml/yamlDocument.ts';
import { environmentOf, laterWarnings, variableSource } from '../core/kubernetes/containerEnvironment.ts';
import { untakenEnds } from '../core/authentik/endOfAccess.ts';
import { hasSince } from '../core/authentik/releases.ts';
import { renderBlueprint } from '../core/authentik/renderBlueprint.ts';
import { type EngineMode, wantedState } from '../core/authentik/wantedState.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { enumerated } from '../core/base/words.ts';
import { editOf, entryOfValue, sectionKind } from '../core/changes/entry.ts';
import { deliveredOf } from '../core/names/delivered.ts';
import { keptWarnings } from '../core/changes/unaskedChanges.ts';
import { heldBySection } from '../core/policy/heldBySection.ts';
import { admissionOf, wideningWarning } from '../core/policy/widening.ts';
import { unlistedItem } from '../core/policy/ownItem.ts';
import { unsureItem } from '../core/policy/unsureItem.ts';
import { wholeWarnings } from '../core/policy/wholeItem.ts';
import { leftOfSecret } from '../core/changes/leftOfSecret.ts';
import { signingWarnings } from '../core/changes/signing.ts';
import { withoutTakenUp } from '../core/changes/extraFiles.ts';
import { planFileChanges, type FileChangePlan } from '../core/changes/fileChanges.ts';
import { noLongerNamed } from '../core/consumers/consumersOf.ts';
import { deployerTraits } from '../core/installation/deployers.ts';
import type { Installation } from '../core/installation/installation.ts';
import { deliveryOf } from '../core/kubernetes/delivery.ts';
import { scopeFor } from '../core/edits/blueprint/scopedSection.ts';
import { namesIn } from '../core/edits/blueprint/namesIn.ts';
import { sectionsOf } from '../core/edits/blueprint/sectionSources.ts';
import type { Names } from '../core/names/names.ts';
import { changedFiles, plannedFiles, type ChangePlan } from '../core/plan/plan.ts';
import { consumerActions } from '../core/plan/plannedActions.ts';
import { remainingFor, warningsFor } from '../core/plan/remaining.ts';
import { clientsElsewhere, elsewhereWarnings } from '../core/import/elsewhere.ts';
import type { FileTexts } from '../core/plan/unifiedDiff.ts';
import type { Registration } from '../core/registration/registration.ts';
import { changedBy, changesResource } from '../core/run/job.ts';
import { vaultOf } from '../core/vault/vaults.ts';
import { fluxWarnings } from './fluxOffline.ts';
import { JUDGES, roomIn, type WorldOfFiles } from './judgesOfFiles.ts';
import { writtenFor } from './secretOffline.ts';
import { shownValues } from './shownValues.ts';
import { unreadIdOffline } from './unreadIdOffline.ts';
import type { WorkingCopy } from './workingCopy.ts';

export type RepositoryTexts = Pick<WorkingCopy, 'read' | 'paths' | 'filesHolding'>;

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
export async function filePlan(input: FilePlanInput): Promise<FilePlan> {
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
  const { sections } = blueprint;
  const world: WorldOfFiles = { deps, registration, names, planned, claims, whole, room, sections };
  await problems.judge(world, JUDGES);
  if (byFlux instanceof RegistrarError) problems.add(byFlux);
  problems.throwIfAny();
  const edits = withoutTakenUp(planned, deliveredFiles);
  const changed = changedFiles(edits);
  const warnings = [
    ...blueprint.warnings,
    ...unread,
    ...(await sourceWarnings(deps)),
    ...told(byFlux),
    ...newBlockWarnings(input, planned),
    ...newSectionWarnings(input, names),
    ...elsewhereWarnings(names, clientsElsewhere(installation, files)),
    ...(await unnamedStores(deps, { registration, names, base: '' })),
    ...told(room),
    ...(await consumerWarnings(deps, registration, '')),
    ...warningsFor(askedIn(input, names), installation),
    ...accessWarnings(input, names, blueprint, planned),
    ...(await itemWarnings(deps, input, names, planned)),
    ...(await shadowWarnings(deps, input, names)),
    ...shownValues(input),
    ...undeclaredWarnings({ names }, claims),
    ...leftOfSecret({ registration, installation, names, blueprintText: '', steps: EDIT_STEPS, read: files.read }),
    ...wholeWarnings(told(whole)),
  ];
  const unchanged = changed.length === 0;
  const remaining = unchanged ? [] : remainingOf(input, names, edits);
  const client = registration.metadata.name;
  return {
    plan: { client, unchanged, files: plannedFiles(changed), actions: [], warnings, remaining },
    files: changed,
  };
}

/** How a warning begins that is a refusal to whoever lets a run do it. */
export const RUN_REFUSES = 'a run refuses these files: ';

/** These files can be written and committed by hand, and so are planned; no run takes them. */
async function sourceWarnings(deps: SearchedFiles): Promise<readonly string[]> {
  const answer = await ask(() => checkSources(deps, ''));
  return answer instanceof RegistrarError ? [`${RUN_REFUSES}${answer.message}. ${answer.remedy}`] : [];
}

/** What the edits make that a misspelt setting of registrar.yaml would make, too. */
function newBlockWarnings(
  { installation: { authentik }, files }: FilePlanInput,
  planned: readonly FileChangePlan[],
): readonly string[] {
  const { file, valuesPath } = authentik.deployment;
  const isEdited = planned.some(({ path, kind }) => path === file && kind === 'changed');
  const made = valuesPath === undefined || !isEdited ? undefined : newBlock(files.read(file) ?? '', valuesPath);
  return made === undefined
    ? []
    : [
        `${file}: ${made} is not there yet and is made: see that authentik.deployment.valuesPath is spelt as the chart has it`,
      ];
}

/** The section that clients share is made where it is absent, as it would be where its name is misspelt. */
function newSectionWarnings({ installation, files }: FilePlanInput, { blueprintKey }: Names): readonly string[] {
  const { section, file } = installation.authentik.blueprints;
  const there = [...sectionsOf(installation, files.read).keys()];
  if (section === undefined || blueprintKey !== section || there.includes(section)) return [];
  return [
    `${file} has no section ${section} yet (authentik.blueprints.section), and it is made; there ${there.length === 0 ? 'is none' : `are ${enumerated(there)}`}`,
  ];
}

/** What may be taken in place of the client's variables, as the files have the worker's container. */
async function shadowWarnings(
  deps: SearchedFiles,
  { installation: { authentik }, files }: FilePlanInput,
  names: Names,
): Promise<readonly string[]> {
  const { externalSecret, deployment } = authentik;
  const secret = undefinedIfUneditable(() =>
    targetSecretOf(files.read(externalSecret.file) ?? '', externalSecret.name),
  );
  const worker = (await manifestAt(deps, '', 'deployment')) as { spec?: { template?: { spec?: unknown } } } | undefined;
  const environment = environmentOf(worker?.spec?.template?.spec, deployment.container);
  return deliveredOf(names).flatMap(({ envVar }) =>
    laterWarnings(environment && variableSource(environment, envVar, secret ?? externalSecret.name)),
  );
}

/**
 * Of a client that no record tells of: in which item its secret is, where neither its registration nor the files say so; and an item
 * of its own that a run takes only where the job made it, or `policy.items` lists it.
 */
async function itemWarnings(
  deps: SearchedFiles,
  { registration, installation }: FilePlanInput,
  names: Names,
  planned: readonly FileChangePlan[],
): Promise<readonly string[]> {
  const { record } = await findRecord(deps, registration.metadata.name, '');
  if (record !== undefined) return [];
  const { place } = vaultOf(installation, names);
  const standing = deliveredOf(names).filter(
    (_, i) => editOf(planned, entryOfValue('externalSecret', i))?.kind === 'alreadyThere',
  );
  const unlisted =
    names.vaultItem === undefined || standing.length === 0
      ? undefined
      : unlistedItem(place, names.vaultItem, installation.policy);
  const refusal =
    unlisted === undefined
      ? []
      : [`a run refuses unless the job has made ${place}: ${unlisted.message}. ${unlisted.remedy}`];
  if (registration.spec.vaultItem !== undefined) return refusal;
  const spec = (await manifestAt(deps, '', 'externalSecret'))?.['spec'];
  const unsure = standing.flatMap(({ secretKey }) => unsureItem(installation, spec, secretKey) ?? []);
  return [
    ...refusal,
    ...unsure.map(
      (what) =>
        `${what}; the registration means ${place}, and a run refuses where that lacks Authentik's own secret: spec.vaultItem names another`,
    ),
  ];
}

/** Who may sign in as the registration does not say, and who may where it lets in more. */
function accessWarnings(
  { registration, installation }: FilePlanInput,
  names: Names,
  { sections, engineMode }: Blueprint,
  planned: readonly FileChangePlan[],
): readonly string[] {
  const wanted = wantedState(registration, installation, names, engineMode);
  const { mode, bound: groups = [], bindings = [] } = heldBySection(sections, scopeFor(names, registration));
  return [
    ...keptWarnings(wanted, registration),
    ...untakenEnds(wanted.bindings, bindings),
    ...signingWarnings(sections, scopeFor(names, registration), wanted, registration),
    ...(sectionKind(planned) === 'updated' ? wideningWarning(names.slug, { mode, groups }, admissionOf(wanted)) : []),
  ];
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

function askedIn({ registration, installation }: FilePlanInput, names: Names) {
  const { land, landBy } = installation.gitops;
  return { registration, names, land, ...(landBy === 'pullRequest' ? { landBy } : {}) };
}

/** What the job would do in this order, for people who commit by hand, and what people do in any case. */
function remainingOf(
  { registration, installation }: FilePlanInput,
  names: Names,
  edits: readonly FileChangePlan[],
): readonly string[] {
  const { gitops, authentik } = installation;
  const named = changedBy({ edits }, 'externalSecret');
  const planned = edits.map(({ step, entry, path, kind }) => ({ step, entry, path, kind }));
  const put = enumerated([
    `a secret into field "${names.vaultField}"`,
    ...(names.keptId === undefined ? [] : [`client id ${names.clientId} into field "${names.keptId.vaultField}"`]),
  ]);
  const byEnvFrom = deliveredOf(names).filter(
    (value, i) => deliveryOf(value).frozen && editOf(planned, entryOfValue('deployment', i)) === undefined,
  );
  return [
    ...(named
      ? [
          `before these files are deployed, put ${put} of ${vaultOf(installation, names).place}: one key that is missing stops the refresh of every other in ExternalSecret ${authentik.externalSecret.name}`,
        ]
      : []),
    `land the files on ${gitops.branch}${orderOf(installation, edits)}`,
    ...(named && byEnvFrom.length > 0
      ? [
          `restart Deployment ${authentik.namespace}/${authentik.deployment.name} once the Secret has its key ${enumerated(byEnvFrom.map(({ secretKey }) => secretKey))}, where nothing such as Reloader does: envFrom gives variable ${enumerated(byEnvFrom.map(({ envVar }) => envVar))} to new pods alone`,
        ]
      : []),
    ...consumerActions({ registration, edits: planned }, installation).map(({ what }) => `then ${what}`),
    ...remainingFor({ registration, names, edits: planned }, installation),
  ];
}

/** In which order the objects come, where both sides change and people can deploy one before the other. */
function orderOf(installation: Installation, edits: readonly FileChangePlan[]): string {
  const { byHand } = deployerTraits(installation);
  const later = [
    ...(changesResource({ edits }, 'configMap') ? ['ConfigMap'] : []),
    ...(changesResource({ edits }, 'deployment') ? ['Deployment'] : []),
  ];
  if (byHand === undefined || later.length === 0 || !changedBy({ edits }, 'externalSecret')) return '';
  return `; where ${byHand}, deploy the ExternalSecret first, then ${later.length === 1 ? 'the ' : ''}${enumerated(later)}`;
}
