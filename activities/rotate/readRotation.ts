import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { RegistrarError, refused } from '../../core/base/errors.ts';
import type { Names } from '../../core/names/names.ts';
import type { FieldClaims } from '../../core/policy/fieldOwner.ts';
import { type RotationJob, type RotationRequest, rotationMarks } from '../../core/run/rotation.ts';
import { targetsOf } from '../../core/run/rotationTargets.ts';
import { isPublic } from '../../core/names/delivered.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { assertNoDeadRemoval } from '../branch/deadRemovals.ts';
import { assertNoOpenChange } from '../branch/deadRuns.ts';
import { knownClaims } from '../branch/fieldClaims.ts';
import { assertNoOtherInstallation } from '../branch/otherInstallations.ts';
import { ownBranch } from '../branch/ownBranch.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import { planEdits, summarise } from '../branch/plans.ts';
import { EDIT_STEPS, targetHead } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { vaultFor, withPlace } from '../state/clientVault.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { checkReading, stateBefore } from '../preflight/authentik.ts';
import { readCluster } from '../preflight/cluster.ts';
import { assertSamePlace } from '../preflight/ownItem.ts';
import { type Told, ask, told, toldOr } from '../preflight/problems.ts';
import { readWhole, type WholeReading } from '../preflight/wholeItem.ts';
import { readClient } from '../preflight/readClient.ts';
import type { ClientFacts, ClusterFacts } from '../preflight/world.ts';
import { blueprintAt, engineModeAt } from '../state/blueprintOf.ts';
import { clientNames } from '../state/clientNames.ts';
import { findRecord } from '../state/facts.ts';
import { heldIn } from '../state/keptId.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { othersTakenUp } from './othersTakenUp.ts';

/** Everything that is read before a rotation, and nothing that is judged. */
export interface RotationWorld extends ClientFacts {
  readonly request: RotationRequest;
  readonly contents: VaultContents;
  /** Whether the edits of a registration would find the files as it asks. */
  readonly edits: Told<RotationJob['edits']>;
  readonly job: RotationJob;
  readonly claims: FieldClaims;
  readonly whole: WholeReading;
  readonly cluster: ClusterFacts;
}

/**
 * Reads the world of a rotation. One that died is found by the vault's labels and goes on. Throws at once what is wrong with the
 * question itself: a run that ended half-way stands in the way, or there is no secret to rotate.
 */
export async function readRotation(systems: Deps, request: RotationRequest): Promise<RotationWorld> {
  const deps = askedOnce(systems);
  const { client, input } = request;
  await deps.git.fetch();
  const base = await targetHead(deps);
  await assertNoOtherInstallation(deps, client);
  await assertNoDeadRemoval(deps, client);
  await assertNoOpenChange(deps, client);
  const registration = await loadRegistration(deps, input, client, base);
  const asked = await clientNames(deps, registration, base);
  if (isPublic(asked))
    throw refused(
      'registration file',
      `client ${client} is public (spec.clientType), so it has no secret that could be rotated`,
      'Delete its Schedule, if one has started this.',
    );
  const contents = await vaultFor(deps, asked).read();
  const names = withPlace(asked, contents);
  assertSamePlace(names, await findRecord(deps, client, base), contents);
  const marks = marksOf(contents, names);
  await checkReading(deps);
  // A roll-out is waited for: what Authentik holds may change until its end.
  const cluster = await readCluster(deps);
  if (!(cluster.blueprints instanceof RegistrarError)) await othersTakenUp(systems, { names, registration });
  const engineMode = await engineModeAt(deps, base, { registration, names });
  const facts = await readClient(deps, { registration, names, base, engineMode });
  const changeId = marks.stage === 'created' ? marks.changeId : request.changeId;
  const rendered = told(facts.rendered).text;
  const draft: RotationJob = {
    client,
    changeId,
    branch: ownBranch(deps, client, changeId),
    base,
    digest: deps.digest,
    land: deps.installation.gitops.land,
    registration,
    names,
    blueprint: await blueprintAt(deps, base, { names, registration, rendered, grantsKnown: true }),
    wanted: facts.wanted,
    ...(facts.secretObject === undefined ? {} : { secretObject: facts.secretObject }),
    mode: 'apply',
    edits: [],
    before: stateBefore(facts.occupied, { ...heldIn(contents, names), vaultField: true }),
    continued: marks.stage !== 'fresh',
    stage: marks.stage,
    targets: targetsOf(registration, names, deps.installation),
  };
  const changes = await ask(() => planEdits(deps, draft, EDIT_STEPS, base));
  const edits = changes instanceof RegistrarError ? changes : summarise(withoutTakenUp(changes));
  const job: RotationJob = { ...draft, edits: toldOr(edits, []) };
  const claims = await knownClaims(deps, job, toldOr(changes, []));
  const whole = await readWhole(deps, job, toldOr(changes, []));
  return { ...facts, request, contents, edits, job, claims, whole, cluster };
}

/** What the labels say. Throws `Refused` where the client has no secret in service. */
function marksOf(contents: VaultContents, names: Names) {
  if (fieldOf(contents, names.vaultField) !== undefined)
    return rotationMarks(
      contents.fields.map(({ label }) => label),
      names.vaultField,
    );
  throw refused(
    contents.system,
    `${contents.place} has no field "${names.vaultField}": there is no secret to rotate`,
    'Register the client first, or put the live secret there.',
  );
}
