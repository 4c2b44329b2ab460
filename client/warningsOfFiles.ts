import { undeclaredWarnings } from '../activities/branch/fieldClaims.ts';
import { unnamedStores } from '../activities/branch/secretStores.ts';
import { EDIT_STEPS } from '../activities/branch/runBranch.ts';
import { consumerWarnings } from '../activities/consumers/live.ts';
import { ask, told } from '../activities/preflight/problems.ts';
import { findRecord } from '../activities/state/facts.ts';
import { checkSources, manifestAt } from '../activities/state/manifest.ts';
import { targetSecretOf } from '../core/edits/kubernetes/externalSecret.ts';
import { newBlock } from '../core/edits/kubernetes/helmValues.ts';
import { undefinedIfUneditable } from '../core/edits/yaml/yamlDocument.ts';
import { environmentOf, laterWarnings, variableSource } from '../core/kubernetes/containerEnvironment.ts';
import { untakenEnds } from '../core/authentik/endOfAccess.ts';
import { wantedState } from '../core/authentik/wantedState.ts';
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
import { scopeFor } from '../core/edits/blueprint/scopedSection.ts';
import { sectionsOf } from '../core/edits/blueprint/sectionSources.ts';
import { warningsFor } from '../core/plan/remaining.ts';
import { clientsElsewhere, elsewhereWarnings } from '../core/import/elsewhere.ts';
import { vaultOf } from '../core/vault/vaults.ts';
import { shownValues } from './shownValues.ts';
import type { WorldOfFiles } from './judgesOfFiles.ts';

/** How a warning begins that is a refusal to whoever lets a run do it. */
export const RUN_REFUSES = 'a run refuses these files: ';

/** What an offline plan tells people beside its files: what a run would refuse or warn of, and what they should look at. */
export async function warningsOfFiles(world: WorldOfFiles): Promise<readonly string[]> {
  const { deps, files, registration, names, claims } = world;
  const { installation } = deps;
  const { land, landBy } = installation.gitops;
  const asked = { registration, names, land, ...(landBy === 'pullRequest' ? { landBy } : {}) };
  return [
    ...(await sourceWarnings(world)),
    ...told(world.byFlux),
    ...newBlockWarnings(world),
    ...newSectionWarnings(world),
    ...elsewhereWarnings(names, clientsElsewhere(installation, files)),
    ...(await unnamedStores(deps, { registration, names, base: '' })),
    ...told(world.room),
    ...(await consumerWarnings(deps, registration, '')),
    ...warningsFor(asked, installation),
    ...accessWarnings(world),
    ...(await itemWarnings(world)),
    ...(await shadowWarnings(world)),
    ...shownValues({ registration, installation, files }),
    ...undeclaredWarnings({ names }, claims),
    ...leftOfSecret({ registration, installation, names, blueprintText: '', steps: EDIT_STEPS, read: files.read }),
    ...wholeWarnings(told(world.whole)),
  ];
}

/** These files can be written and committed by hand, and so are planned; no run takes them. */
async function sourceWarnings({ deps }: WorldOfFiles): Promise<readonly string[]> {
  const answer = await ask(() => checkSources(deps, ''));
  return answer instanceof RegistrarError ? [`${RUN_REFUSES}${answer.message}. ${answer.remedy}`] : [];
}

/** What the edits make that a misspelt setting of registrar.yaml would make, too. */
function newBlockWarnings({ deps, files, planned }: WorldOfFiles): readonly string[] {
  const { authentik } = deps.installation;
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
function newSectionWarnings({ deps: { installation }, files, names }: WorldOfFiles): readonly string[] {
  const { section, file } = installation.authentik.blueprints;
  const there = [...sectionsOf(installation, files.read).keys()];
  if (section === undefined || names.blueprintKey !== section || there.includes(section)) return [];
  return [
    `${file} has no section ${section} yet (authentik.blueprints.section), and it is made; there ${there.length === 0 ? 'is none' : `are ${enumerated(there)}`}`,
  ];
}

/** What may be taken in place of the client's variables, as the files have the worker's container. */
async function shadowWarnings({ deps, files, names }: WorldOfFiles): Promise<readonly string[]> {
  const { externalSecret, deployment } = deps.installation.authentik;
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
async function itemWarnings({ deps, registration, names, planned }: WorldOfFiles): Promise<readonly string[]> {
  const { installation } = deps;
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
function accessWarnings({ deps, registration, names, planned, sections, engineMode }: WorldOfFiles): readonly string[] {
  const wanted = wantedState(registration, deps.installation, names, engineMode);
  const { mode, bound: groups = [], bindings = [] } = heldBySection(sections, scopeFor(names, registration));
  return [
    ...keptWarnings(wanted, registration),
    ...untakenEnds(wanted.bindings, bindings),
    ...signingWarnings(sections, scopeFor(names, registration), wanted, registration),
    ...(sectionKind(planned) === 'updated' ? wideningWarning(names.slug, { mode, groups }, admissionOf(wanted)) : []),
  ];
}
