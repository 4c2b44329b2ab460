import type { SearchedFiles } from '../activities/branch/fieldClaims.ts';
import { assertPolicyHasFile, otherRegistrations } from '../activities/branch/registrationFile.ts';
import { refusedStores } from '../activities/branch/secretStores.ts';
import { looksAtFiles } from '../activities/consumers/live.ts';
import { roomFor } from '../activities/preflight/cluster.ts';
import { refusalOf } from '../activities/preflight/policy.ts';
import { type Judge, ofSecret, refusedOf, type Told, told } from '../activities/preflight/problems.ts';
import { strayVariables } from '../activities/preflight/strayVariable.ts';
import { templatedFiles } from '../activities/preflight/templatedFiles.ts';
import { manifestAt } from '../activities/state/manifest.ts';
import { movedEnds } from '../core/authentik/movedEnds.ts';
import { type EngineMode, wantedState } from '../core/authentik/wantedState.ts';
import { RegistrarError, refused } from '../core/base/errors.ts';
import { scopeFor } from '../core/edits/blueprint/scopedSection.ts';
import type { FileChangePlan } from '../core/changes/fileChanges.ts';
import { keysOf } from '../core/kubernetes/ourEntries.ts';
import type { Names } from '../core/names/names.ts';
import { claimedBy, fieldRefusal, type FieldClaims } from '../core/policy/fieldOwner.ts';
import { heldBySection } from '../core/policy/heldBySection.ts';
import { breaches } from '../core/policy/judge.ts';
import { type WholeReader, wholeRefusal } from '../core/policy/wholeItem.ts';
import { standingOf } from '../core/policy/standing.ts';
import type { Registration } from '../core/registration/registration.ts';
import { vaultOf } from '../core/vault/vaults.ts';
import type { RepositoryTexts } from './workingCopy.ts';

/** What the files of a repository tell of a registration. */
export interface WorldOfFiles {
  readonly deps: SearchedFiles;
  readonly files: RepositoryTexts;
  readonly registration: Registration;
  readonly names: Names;
  readonly planned: readonly FileChangePlan[];
  readonly claims: FieldClaims;
  /** Who takes the vault's item whole. */
  readonly whole: Told<readonly WholeReader[]>;
  /** Warnings where the ConfigMap nears its limit, or that it would be over it. */
  readonly room: Told<readonly string[]>;
  /** Warnings where Flux deploys, or that it does not deploy these files. */
  readonly byFlux: Told<readonly string[]>;
  /** The client's sections as they stand. */
  readonly sections: readonly string[];
  /** That of the application, as they say it. */
  readonly engineMode: EngineMode;
}

/**
 * Those of preflight's judgements for which nothing but files is needed, in its order (`activities/preflight/judges.ts`); whatever
 * else it asks, it asks of systems. `checkSources` is none of them: where it refuses, it names the offline plan as the way, which warns of it.
 */
export const JUDGES: readonly Judge<WorldOfFiles>[] = [
  ({ deps, registration }) => assertPolicyHasFile(deps, registration, ''),
  ({ deps, registration, names }) => refusedStores(deps, { registration, names, base: '' }),
  ({ room }) => void told(room),
  async ({ deps, registration, names }) => {
    const others = await otherRegistrations(deps, registration.metadata.name, '');
    return refusedOf(looksAtFiles(deps, { registration, names }, others), (look) => look());
  },
  ofSecret(({ deps, registration, names, planned }) =>
    strayVariables(deps, { registration, names, base: '' }, planned),
  ),
  ({ deps, planned }) => templatedFiles(deps, '', planned),
  takesNothingWhole,
  isUnclaimed,
  movesNoEnd,
  isAllowed,
  ({ byFlux }) => void told(byFlux),
];

/** Warnings where the ConfigMap nears its limit. Throws `Refused` where it would be over it. */
export async function roomIn(
  deps: SearchedFiles,
  names: Names,
  { sections, text }: { readonly sections: readonly string[]; readonly text: string },
): Promise<readonly string[]> {
  const { data = {} } = ((await manifestAt(deps, '', 'configMap')) ?? {}) as { data?: Record<string, string> };
  const own = keysOf(names);
  const others = Object.fromEntries(Object.entries(data).filter(([key]) => !own.includes(key)));
  return sections.length === 0 ? roomFor(deps, others, text) : [];
}

/** What must never arrive in a Secret, as far as the files tell. */
function takesNothingWhole({ names, whole }: WorldOfFiles): void {
  const refusal = wholeRefusal(told(whole), names.vaultField);
  if (refusal !== undefined) throw new RegistrarError(refusal);
}

/** Whose the vault field is, as far as the files tell. */
function isUnclaimed({ deps, names, claims }: WorldOfFiles): void {
  const why = claimedBy(names, claims);
  if (why.length === 0) return;
  throw new RegistrarError(fieldRefusal(names, vaultOf(deps.installation, names), { is: 'others', why }));
}

/** Ends of access that the change would hand to others, or lose. */
function movesNoEnd({ deps, registration, names, sections }: WorldOfFiles): readonly RegistrarError[] {
  const { bindings = [] } = heldBySection(sections, scopeFor(names, registration));
  const wanted = wantedState(registration, deps.installation, names);
  return movedEnds(wanted.bindings, bindings).map(({ message, remedy }) => refused('Git', message, remedy));
}

/** The policy, over what the registration adds to what stands. */
function isAllowed({ deps, registration, names, planned, sections }: WorldOfFiles): readonly RegistrarError[] {
  const standing = standingOf(registration, planned, heldBySection(sections, scopeFor(names, registration)));
  // A registration in a workflow's input is none of a plan that reads files.
  return breaches({ registration, names, inline: false }, deps.installation, standing).map(refusalOf);
}
