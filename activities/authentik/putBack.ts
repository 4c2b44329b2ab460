import { RegistrarError } from '../../core/base/errors.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { Leftover } from '../../core/run/reports.ts';
import { asAttributes } from '../../core/authentik/providerSettings.ts';
import { changedFields, type BindingBefore, type Row, type ValuesBefore } from '../../core/authentik/valuesBefore.ts';
import type { BindingRow, ChangeableKind } from '../../integrations/authentik/authentik.ts';
import { oneInstance } from '../state/authentikState.ts';
import { awaitedText } from '../state/liveSection.ts';
import type { Deps } from '../deps.ts';
import { madeByUs } from './leftInAuthentik.ts';
import { pollUntilApplied } from '../waits/applied.ts';
import { removeFromAuthentik } from './removeFromAuthentik.ts';
import { applyBlueprint, waitForMount } from '../waits/blueprint.ts';
import type { UndoRemainder, UndoJournal } from '../kit/undoJournal.ts';
import { oldBlueprint } from './oldBlueprint.ts';
import { applicationValues, bindingValues, isAsked, providerValues, userValues } from './valuesBefore.ts';

/**
 * Once the old section is live again: has Authentik apply it, gives back by API what it does not name, and deletes
 * what the change made beside it. What does not read back as it was is listed.
 */
export async function putBackInAuthentik(deps: Deps, job: Job, journal: UndoJournal): Promise<UndoRemainder> {
  // What others have made of their part of the section since is no reason to wait.
  const before = {
    ...job,
    names: namesBefore(job),
    blueprint: { ...(await oldBlueprint(deps, job)), asked: job.blueprint.asked ?? job.blueprint.text },
  };
  const { values } = job.before;
  await waitForMount(deps, before);
  const applied = await isApplied(deps, before);
  if (!applied || (values !== undefined && (await differing(deps, job, values)).length > 0)) {
    const deed = {
      what: `Authentik objects of ${job.client}`,
      done: `blueprint ${job.names.blueprintPath} is applied again as it was`,
    };
    await journal.begin(deed);
    // Discovery applies no text twice: where it has applied the old one again there is nothing to wait for.
    if (!applied || job.mode === 'apply')
      await pollUntilApplied(deps, before, await applyBlueprint(deps, before), async () => []);
    journal.done(deed);
  }
  const kept = values === undefined ? [] : await giveBack(deps, job, values);
  const made = (await madeByUs(deps, job)) ? await removeFromAuthentik(deps, job, journal) : [];
  return { kept: [...kept, ...(await stillInError(deps, job)), ...made], blocks: false };
}

/** Authentik keeps the hash of the last text that it applied well: the old one, that comes back, is none to its discovery. */
async function stillInError(deps: Deps, job: Job): Promise<readonly Leftover[]> {
  if (job.mode === 'apply') return [];
  const paths = bySection(job).map(({ names }) => names.blueprintPath);
  const instances = await Promise.all(paths.map((each) => oneInstance(deps, each)));
  return instances.flatMap((instance) =>
    instance?.status === 'error'
      ? {
          what: `status "error" of blueprint ${instance.path}`,
          why: 'Authentik shows it of an apply that failed, and applies a text that it has applied before not again by itself; all that the text makes is there.',
          remedy: 'Apply it in Authentik (Customization, Blueprints).',
        }
      : [],
  );
}

/** Of a client that was public no variable is waited for: the change made one, and it is taken out by now. */
function namesBefore({ names, before }: Job): Job['names'] {
  return before.values?.provider['client_type'] === 'public' ? { ...names, public: true } : names;
}

/** Whether each section of the client is applied as the job has it. */
export async function isApplied(deps: Deps, job: Job): Promise<boolean> {
  for (const part of bySection(job)) {
    const instance = await oneInstance(deps, part.names.blueprintPath);
    if (instance?.status !== 'successful') return false;
    const isOurs = await awaitedText(deps, part);
    if (!(await isOurs(instance.lastAppliedHash))) return false;
  }
  return true;
}

/** One object that is not as it was; `values` undefined where it was not there before. */
interface Differing {
  readonly kind: ChangeableKind;
  readonly id: string | number;
  readonly name: string;
  readonly values: Row | undefined;
  /** What is sent to give them back: of a binding all that it has, for Authentik looks at the request alone. */
  readonly request?: Row;
}

async function differing(deps: Deps, job: Job, before: ValuesBefore): Promise<readonly Differing[]> {
  const { authentik } = deps;
  const { slug } = job.names;
  const provider = await authentik.providerByPk(before.provider.pk);
  const application = await authentik.application(slug);
  const rows = await authentik.bindings(before.application.pk);
  const found: Differing[] = [];
  const compare = (kind: ChangeableKind, id: string | number, name: string, was: Row, is: object | undefined): void => {
    const values = changedFields(was, (is ?? {}) as Row);
    if (Object.keys(values).length > 0) found.push({ kind, id, name, values });
  };
  compare(
    'provider',
    before.provider.pk,
    job.names.providerName,
    before.provider,
    provider === undefined
      ? undefined
      : { ...providerValues(provider, job), ...asAttributes('provider', provider.further) },
  );
  compare(
    'application',
    slug,
    slug,
    before.application,
    application === undefined
      ? undefined
      : { ...applicationValues(application), ...asAttributes('launcher', application.further) },
  );
  const missing = before.bindings.filter((binding) => !rows.some((row) => row.pk === binding.pk));
  const added = rows.filter((row) => !before.bindings.some((binding) => binding.pk === row.pk));
  for (const binding of before.bindings) {
    // A binding that was deleted came back under another key.
    const row = rows.find((each) => each.pk === binding.pk) ?? added.find((each) => isAnew(each, binding));
    const now = row === undefined ? {} : bindingValues(row);
    const values = changedFields(binding, now);
    const { pk: _pk, ...whole } = { ...now, ...binding, target: before.application.pk };
    if (Object.keys(values).length > 0)
      found.push({
        kind: 'binding',
        id: row?.pk ?? binding.pk,
        name: `${binding.order} of ${slug}`,
        values,
        request: whole,
      });
  }
  // What the change did not ask for was added by people meanwhile, and is theirs.
  const ours = added.filter((each) => isAsked(each, job));
  for (const row of ours.filter((each) => !missing.some((binding) => isAnew(each, binding))))
    found.push({ kind: 'binding', id: row.pk, name: `${row.order} of ${slug}`, values: undefined });
  for (const user of before.users) {
    const now = await authentik.user(user.username);
    compare('user', user.pk, user.username, user, now === undefined ? undefined : userValues(now));
  }
  return found;
}

/** Whether a binding binds what another one did, at its place: its other values can be given back. */
function isAnew(row: BindingRow, { order, group, user, policy }: BindingBefore): boolean {
  const now = bindingValues(row);
  return now.order === order && now['group'] === group && now['user'] === user && now['policy'] === policy;
}

/** Values go back first, and only then the bindings that the change added: the application is never open meanwhile. */
export async function giveBack(deps: Deps, job: Job, before: ValuesBefore): Promise<readonly Leftover[]> {
  const kept: Leftover[] = [];
  const failed: Differing[] = [];
  const all = await differing(deps, job, before);
  for (const each of all.toSorted((a, b) => Number(a.values === undefined) - Number(b.values === undefined))) {
    // Where one that was there before could not come back, those of the change are all that keeps the application closed.
    if (each.values === undefined && failed.some(({ kind }) => kind === 'binding')) continue;
    try {
      if (each.values === undefined) await deps.authentik.removeBinding(String(each.id));
      else await deps.authentik.change(each.kind, each.id, each.request ?? each.values);
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.mayPass) throw error;
      failed.push(each);
      kept.push({ what: labelOf(each), why: `it could not be put back: ${error.message}.`, remedy: error.remedy });
    }
  }
  for (const each of await differing(deps, job, before)) {
    if (failed.some(({ kind, id }) => kind === each.kind && id === each.id)) continue;
    const fields = each.values === undefined ? 'it' : Object.keys(each.values).join(', ');
    const why = each.values === undefined ? 'it was not there before.' : `it is not as it was: ${fields}.`;
    kept.push({ what: labelOf(each), why, remedy: 'Put it back in the admin interface, then start again.' });
  }
  return kept;
}

function labelOf({ kind, name, id }: Differing): string {
  const words = {
    user: 'service account',
    binding: 'policy binding',
    application: 'application',
    provider: 'provider',
  };
  return madeLabel({ kind: words[kind] as 'provider', name }, kind === 'application' ? undefined : id);
}
