import { refused } from '../../core/base/errors.ts';
import type { Find } from '../../core/authentik/renderBlueprint.ts';
import { compareState } from '../../core/authentik/wantedState.ts';
import { keysOf } from '../../core/kubernetes/ourEntries.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import { updatedBy } from '../../core/run/job.ts';
import { assertPolicyHasFile } from '../branch/registrationFile.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { findOne } from '../state/authentikState.ts';
import { checkSources } from '../state/manifest.ts';
import {
  alreadyEnded,
  blueprintNameTaken,
  checkUsedBy,
  collisions,
  mayDeleteAccounts,
  superusers,
  unreadClientId,
} from './authentik.ts';
import { foreignAccounts, foreignBindings, notItsOwn, othersEnds } from './change.ts';
import { assertRefreshed, assertRollsOut, roomFor, toldOfSecret } from './cluster.ts';
import { unfitConsumers } from './consumers.ts';
import { assertOfNoScope } from './mappings.ts';
import { jobOf } from './jobOf.ts';
import { refusedByPolicy } from './policy.ts';
import { type Judge, ofSecret, refusedOf, told, toldOr } from './problems.ts';
import { isRepair, mayEnable, refusedByHand } from './repair.ts';
import { filledFromVault } from './secretStore.ts';
import { secretTaken } from './secretObject.ts';
import { assertMounted } from './secretMount.ts';
import { hasVariable, noOldValue } from './variable.ts';
import { strayVariables } from './strayVariable.ts';
import { templatedFiles } from './templatedFiles.ts';
import { checkVaultField } from './vault.ts';
import { assertTakesNothingWhole } from './wholeItem.ts';
import type { Asked, Draft, Course, World } from './world.ts';

type OfFiles = Judge<Asked & Pick<World, 'deps'>>;

// Judgements that are asked before the turn is taken, too.
export const hasSources: OfFiles = ({ deps, standing }) => checkSources(deps, standing.base);
export const policyHasFile: OfFiles = ({ deps, registration, target }) =>
  assertPolicyHasFile(deps, registration, target);
export const renders: Judge<Draft> = ({ rendered }) => void told(rendered);
export const clientIdIsRead: Judge<Draft> = ({ names, occupied }) => unreadClientId(names, occupied);
export const noSuperusers: Judge<Draft> = ({ registration, groups }) => superusers(registration, groups);
/** What has ended is not written once more: nobody knows what becomes of such a binding. */
export const endsLater: Judge<Pick<Draft, 'wanted' | 'standing'>> = ({ wanted, standing }) =>
  standing.continued ? [] : alreadyEnded(wanted, temporalNow());
export const tellsUse: Judge<Draft> = ({ deps, job }) => checkUsedBy(deps, mayDeleteAccounts(deps, job));

type Rendered = Pick<Draft, 'deps' | 'rendered' | 'registration'>;

/** Every `!Find` must resolve to exactly one object, which no other one finds: some that do not are ignored in silence. */
export function missingFinds({ deps, rendered, registration }: Rendered, which: (find: Find) => boolean) {
  const finds = toldOr(rendered, undefined)?.finds ?? [];
  return refusedOf(finds.filter(which), async ({ model, key }) => {
    const pk = await findOne(deps, model, key);
    if (model === 'namedMapping') await assertOfNoScope(deps, registration, { name: key, pk });
  });
}

/**
 * What preflight judges of the world, in the order in which people read it: the registration by itself, who deploys, the clusters,
 * the client's own objects and field, and last what the policy allows.
 */
export function judgesOf(deps: Deps): readonly Judge<World>[] {
  const { checks, checksOfNow } = deployerOf(deps);
  return [
    renders,
    clientIdIsRead,
    ({ token }) => void told(token),
    endsLater,
    policyHasFile,
    noSuperusers,
    ({ edits }) => void told(edits),
    ofSecret(({ job }) => strayVariables(deps, job, job.edits)),
    ({ job, edits }) => templatedFiles(deps, job.base, toldOr(edits, [])),
    tellsUse,
    ...[...checks, ...checksOfNow].map((check) => (world: World) => check(world.deps)),
    ofSecret(({ cluster }) => assertRefreshed(deps, toldOfSecret(cluster))),
    ofSecret(({ cluster, names }) => filledFromVault(deps, names, toldOfSecret(cluster))),
    ({ whole, job }) => assertTakesNothingWhole(whole, job),
    ofSecret(({ cluster }) => assertMounted(deps, cluster)),
    hasVariable,
    ofSecret(({ job, cluster }) => noOldValue(deps, job, toldOfSecret(cluster))),
    hasSources,
    ({ cluster, job }) => assertRollsOut(deps, told(cluster.rollout), job),
    (world) => void roomOf(world),
    (world) => unfitConsumers(world.deps, world.job, { repair: isRepair(world.request) }),
    (world) => missingFinds(world, () => true),
    ...OF_THE_CLIENT,
    (world) => (world.course === 'continued' ? [] : refusedByPolicy(deps, jobOf(world))),
  ];
}

/** What becomes of the client's own objects; those of a dead run were judged when it began. */
const OF_THE_CLIENT: readonly Judge<World>[] = [
  when(['new'], async ({ deps, job, occupied }) => [
    ...collisions(job, occupied),
    ...(await blueprintNameTaken(deps, job)),
  ]),
  when(['new', 'change', 'registered', 'repair'], ({ deps, contents, job, claims, occupied, course }) =>
    checkVaultField(deps, contents, job, claims, occupied.byName, course === 'repair'),
  ),
  refusedByHand,
  mayEnable,
  when(['change'], ({ job, occupied }) => notItsOwn(job, occupied)),
  // The registration may have changed beside the drift: a repair takes over nobody's account either.
  when(['change', 'repair'], ({ job, occupied }) => foreignAccounts(job, occupied)),
  when(['change'], ({ deps, job }) => blueprintNameTaken(deps, job)),
  when(['change'], foreignBindings),
  when(['change', 'repair'], othersEnds),
  when(['new', 'change', 'registered', 'repair'], secretTaken),
  when(['change', 'registered'], otherThanRegistered),
];

function when(courses: readonly Course[], judge: Judge<World>): Judge<World> {
  return (world) => (courses.includes(world.course) ? judge(world) : []);
}

/** What no edit will mend: where the section says what is asked, Authentik holds it. */
function otherThanRegistered({ job, state }: World): void {
  const differences = updatedBy(job, 'configMap') ? [] : compareState(job.wanted, state);
  if (differences.length === 0) return;
  throw refused(
    'Authentik',
    `client ${job.client} is registered, but Authentik does not hold what is asked: ${differences.join('; ')}`,
    `Start again as a repair ({"client":"${job.client}","repair":true}), or undo what was changed in the admin interface.`,
  );
}

/** Warnings where the ConfigMap nears its limit. Throws `Refused` where it would be over it. */
export function roomOf({ deps, cluster, job }: World): readonly string[] {
  const own = keysOf(job.names);
  const others = Object.fromEntries(Object.entries(told(cluster.blueprints)).filter(([key]) => !own.includes(key)));
  return roomFor(
    deps,
    others,
    bySection(job)
      .map(({ blueprint }) => blueprint.text)
      .join(''),
  );
}
