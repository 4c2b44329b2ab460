import { changedBy } from '../../core/run/job.ts';
import { editOf } from '../../core/changes/entry.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import { engineModeAt } from '../../activities/state/blueprintOf.ts';
import { fieldClaims, undeclaredWarnings, type SearchedFiles } from '../../activities/branch/fieldClaims.ts';
import { consumerWarnings } from '../../activities/consumers/live.ts';
import { refusalOf } from '../../activities/preflight/policy.ts';
import { Problems } from '../../activities/preflight/problems.ts';
import { remainingFor, warningsFor } from '../../core/plan/remaining.ts';
import { EDIT_STEPS } from '../../activities/branch/runBranch.ts';
import { NEWEST_KNOWN, renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { sectionIn } from '../../core/edits/kubernetes/mapSection.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { claimedBy, fieldRefusal, type FieldClaims } from '../../core/policy/fieldOwner.ts';
import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { planFileChanges, type FileChangePlan } from '../../core/changes/fileChanges.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { breaches } from '../../core/policy/judge.ts';
import { standingOf } from '../../core/policy/standing.ts';
import { changedFiles, plannedFiles, type ChangePlan } from '../../core/plan/plan.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { type Names, resolveNames } from '../../core/names/names.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import { localInstallation, localRegistration } from '../localFiles.ts';
import { usage } from '../usage.ts';
import { WorkingCopy } from '../workingCopy.ts';

export interface OfflineOptions {
  readonly client: string | undefined;
  readonly repo: string;
  readonly installation?: string;
  readonly registration?: string;
  readonly authentik?: string;
}

export interface OfflinePlan {
  readonly plan: ChangePlan;
  readonly files: readonly FileTexts[];
  readonly workingCopy: WorkingCopy;
}

/**
 * The edits of files that a registration would make of a working copy. Nothing but files is read. Throws what the edits refuse, and
 * `BadInput`.
 */
export async function planOffline(options: OfflineOptions): Promise<OfflinePlan> {
  const installation = localInstallation(options.installation);
  const workingCopy = new WorkingCopy(options.repo);
  const registration = registrationOf(options, installation, workingCopy);
  const names = resolveNames(registration, installation);
  const { authentik: authentikVersion = NEWEST_KNOWN } = options;
  const git = filesOf(workingCopy);
  const engineMode = await engineModeAt({ git, installation }, '', { registration, names });
  const rendered = renderBlueprint({ registration, installation, names, authentikVersion, engineMode });
  const planned = planFileChanges({
    registration,
    installation,
    names,
    blueprintText: rendered.text,
    steps: EDIT_STEPS,
    read: workingCopy.read,
  });
  const claims = await fieldClaims({ git, installation }, { registration, names, base: '' }, planned);
  assertAllowed({ registration, names, installation, planned, claims });
  const edits = withoutTakenUp(planned);
  const files = changedFiles(edits);
  const { land, landBy } = installation.gitops;
  const asked = { registration, names, land, ...(landBy === 'pullRequest' ? { landBy } : {}) };
  const unchanged = files.length === 0;
  const plan: ChangePlan = {
    client: registration.metadata.name,
    unchanged,
    files: plannedFiles(files),
    actions: [],
    warnings: [
      ...rendered.warnings,
      ...(await consumerWarnings({ git }, registration, '')),
      ...warningsFor(asked, installation),
      ...undeclaredWarnings({ names }, claims),
    ],
    remaining: unchanged
      ? []
      : [
          ...byHand(names, installation, edits),
          ...remainingFor(
            { registration, names, edits: edits.map(({ step, entry, path, kind }) => ({ step, entry, path, kind })) },
            installation,
          ),
        ],
  };
  return { plan, files, workingCopy };
}

/** The working copy as the activities read a commit. */
function filesOf({ read, paths, filesHolding }: WorkingCopy): SearchedFiles['git'] {
  return {
    readFile: async (_commit, path) => read(path),
    listFiles: async (_commit, folder) => paths().filter((path) => path.replace(/[^/]+$/, '') === `${folder}/`),
    filesHolding: async (_commit, texts) => filesHolding(texts),
  };
}

/** What the worker's plan refuses by its policy and by whose the vault field is, told from the files alone. Throws `Refused`. */
function assertAllowed({
  registration,
  names,
  installation,
  planned,
  claims,
}: {
  readonly registration: Registration;
  readonly names: Names;
  readonly installation: Installation;
  readonly planned: readonly FileChangePlan[];
  readonly claims: FieldClaims;
}): void {
  const { configMap, generatedFrom } = installation.authentik.blueprints;
  const before = editOf(planned, 'configMap')?.before;
  const section =
    before === undefined || generatedFrom !== undefined
      ? before
      : sectionIn(before, { name: configMap, key: names.blueprintKey });
  const standing = standingOf(registration, planned, heldBySection(section));
  const problems = new Problems();
  // A registration in a workflow's input is none of a plan that reads files.
  for (const breach of breaches({ registration, names, inline: false }, installation.policy, standing))
    problems.add(refusalOf(breach));
  const why = claimedBy(names, claims);
  const taken = { is: 'others', why } as const;
  if (why.length > 0) problems.add(new RegistrarError(fieldRefusal(names, vaultOf(installation), taken)));
  problems.throwIfAny();
}

/** What the job would do in this order, for people who commit by hand. */
function byHand(
  names: Names,
  installation: Installation,
  edits: readonly Pick<FileChangePlan, 'entry' | 'kind'>[],
): readonly string[] {
  const { gitops, authentik } = installation;
  const named = changedBy({ edits }, 'externalSecret');
  return [
    ...(named
      ? [
          `before these files are deployed, put a secret into field "${names.vaultField}" of ${vaultOf(installation).place}: one key that is missing stops the refresh of every other in ExternalSecret ${authentik.externalSecret.name}`,
        ]
      : []),
    `land the files on ${gitops.branch}; deploy the ExternalSecret first, then ConfigMap and Deployment`,
  ];
}

function registrationOf(
  { client, registration: file }: OfflineOptions,
  { gitops }: Installation,
  { read }: WorkingCopy,
): Registration {
  if (file !== undefined) return named(localRegistration(file), client, file);
  const paths = [`${gitops.registrations}/${client}.yaml`, `${gitops.registrations}/${client}.yml`];
  for (const path of paths) {
    const text = read(path);
    if (text !== undefined) return named(readRegistration(text, path), client, path);
  }
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `the working copy has no ${paths[0]}`,
    remedy: 'Write it, or name a registration file with --registration.',
  });
}

function named(registration: Registration, client: string | undefined, file: string): Registration {
  const { name } = registration.metadata;
  if (client === undefined || name === client) return registration;
  throw usage(
    `${file} registers client "${name}", not "${client}"`,
    'Name the file of that client, or leave the client out.',
  );
}
