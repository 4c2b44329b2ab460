import { ScheduleNotFoundError, type Client, type ScheduleDescription } from '@temporalio/client';
import { clientTypeOf } from '../../core/authentik/wantedState.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { scheduleTimes, type RotationPolicy } from '../../core/registration/rotationPolicy.ts';
import { createRotationSchedules, madeBy, wordingOf } from '../../integrations/temporal/temporalSchedules.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { CheckResult } from '../../core/check/finding.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { connectToChange } from '../connect.ts';
import { installationIfAny } from '../localFiles.ts';
import { WorkingCopy } from '../workingCopy.ts';
import { registrationIn } from './planOffline.ts';
import { newestRun, noWorkerAnswers } from '../runs.ts';
import { askTemporal, temporal } from '../temporalErrors.ts';
import { ids } from '../ids.ts';
import { usage } from '../usage.ts';

export interface ScheduleCommandOptions extends RotationPolicy {
  readonly note?: string;
  readonly paused?: boolean;
}

/** Where the client's registration can be seen, where it can. */
export interface RepositoryOptions {
  readonly repo: string;
  readonly installation?: string;
}

type Print = (line: string) => void;

/** What has become of a schedule, as data; of one that goes on with its next times. */
type Done = { readonly scheduleId: string; readonly outcome: string } & Readonly<Record<string, unknown>>;

/**
 * Throws `Refused` where the working copy has a registration of the client which says that it has no secret. Where there is no working
 * copy, each run says so when it is due.
 */
export function assertHasSecret(name: string, { repo, installation: file }: RepositoryOptions): void {
  const installation = installationIfAny(repo, file);
  const found = installation && registrationIn(name, installation.gitops, new WorkingCopy(repo).read);
  if (found === undefined || clientTypeOf(found.registration) !== 'public') return;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'Refused',
    message: `${found.path}: client ${name} is public (spec.clientType), so it has no secret that could be rotated`,
    remedy: `Make no schedule of it; one that is there goes by oidc-registrar schedule delete ${name}.`,
  });
}

/**
 * Throws `BadInput` where the options make no schedule, before Temporal is asked. The rules of `spec.rotation` are those of the options,
 * too; no registration file has said these.
 */
export function assertTimes(policy: RotationPolicy): void {
  try {
    scheduleTimes(policy, Date.now());
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    throw usage(error.message.replace(/^rotation: /, ''), error.remedy);
  }
}

/** How long a worker is given to look for a client whose runs do not tell. */
const LOOK_MS = 60_000;

/**
 * Throws `NotFound` for a client that is not registered. Its last run tells that, if it is open or ended well; where Temporal keeps
 * none, or the last one failed or took the client out, a worker looks for it.
 */
async function assertRegistered(client: Client, name: string): Promise<void> {
  const last = await newestRun(client, name);
  const goesOn = last?.status.name === 'RUNNING' || last?.status.name === 'COMPLETED';
  if (goesOn && last.type !== 'deregisterClient') return;
  const options = {
    taskQueue: ids().taskQueue,
    workflowId: ids().check(name),
    args: [{ client: name }],
    ...staticWords('checkClient', 'the command line', name),
  };
  const looking = askTemporal(async () =>
    client.workflow.execute('checkClient', { ...options, workflowIdConflictPolicy: 'USE_EXISTING' }),
  );
  const found = (await withTimeout(looking, LOOK_MS)) as CheckResult | undefined;
  if (found === undefined)
    throw temporal('Unavailable', `whether client ${name} is registered nobody tells`, noWorkerAnswers());
  const missing = found.findings.find(({ system }) => system === 'registration file');
  if (missing === undefined) return;
  throw new RegistrarError({
    system: missing.system,
    kind: 'NotFound',
    message: missing.what,
    remedy: missing.remedy,
  });
}

/** Makes the client's schedule, or gives it other times. Throws `NotFound` for a client that is not registered. */
export async function setSchedule(
  client: Client,
  name: string,
  options: ScheduleCommandOptions,
  print: Print,
): Promise<Done> {
  const { note, paused, ...policy } = options;
  const schedules = createRotationSchedules(client, ids());
  const found = await schedules.read(name);
  if (found === undefined) await assertRegistered(client, name);
  const done = await schedules.put(name, policy, {
    by: 'person',
    ...(note === undefined ? {} : { note }),
    ...(paused === undefined ? {} : { paused }),
  });
  print(`Schedule ${ids().schedule(name)} ${done}.`);
  if (found?.by === 'registration') print(`It followed spec.rotation of ${name}, which is not followed any more.`);
  return { ...(await describe(client, name, print)), outcome: done };
}

/** Every schedule of rotations, however it was made; with `json` as data, its times in ISO 8601. */
export async function listSchedules(client: Client, print: Print, json = false): Promise<void> {
  const found: ScheduleDescription[] = [];
  for await (const { scheduleId: id, action } of client.schedule.list()) {
    if (action?.workflowType !== 'rotateSecret') continue;
    const described = await client.schedule.getHandle(id).describe().catch(isGone);
    // A namespace may hold schedules of other people's workflows of that name.
    if (described?.action.taskQueue !== ids().taskQueue) continue;
    found.push(described);
  }
  if (json) print(JSON.stringify({ schedules: found.map(asData) }, null, 2));
  else if (found.length === 0) print('No rotation is scheduled.');
  else for (const each of found) print([each.scheduleId, whenNext(each, 1), inWords(each)].join('  '));
}

function asData(found: ScheduleDescription) {
  const { scheduleId: id, state, info } = found;
  return { scheduleId: id, paused: state.paused, next: info.nextActionTimes, for: inWords(found), ...madeBy(found) };
}

/** The list of schedules follows a deletion with a delay. */
function isGone(error: unknown): undefined {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}

/** Temporal keeps one note, which a pause or its end overwrites. */
export async function pauseSchedule(
  client: Client,
  name: string,
  note: string | undefined,
  print: Print,
): Promise<Done> {
  await existing(name, () => client.schedule.getHandle(ids().schedule(name)).pause(note));
  print(`Schedule ${ids().schedule(name)} is paused.`);
  return { scheduleId: ids().schedule(name), outcome: 'paused' };
}

export async function unpauseSchedule(
  client: Client,
  name: string,
  note: string | undefined,
  print: Print,
): Promise<Done> {
  await existing(name, () => client.schedule.getHandle(ids().schedule(name)).unpause(note));
  return { ...(await describe(client, name, print)), outcome: 'unpaused' };
}

/** A run that it has started goes on. */
export async function deleteSchedule(client: Client, name: string, print: Print): Promise<Done> {
  await existing(name, () => client.schedule.getHandle(ids().schedule(name)).delete());
  print(`Schedule ${ids().schedule(name)} is deleted.`);
  return { scheduleId: ids().schedule(name), outcome: 'deleted' };
}

async function describe(client: Client, name: string, print: Print) {
  const found = await existing(name, () => client.schedule.getHandle(ids().schedule(name)).describe());
  print(`${inWords(found)}: ${whenNext(found, 3)}`);
  return asData(found);
}

/** What a schedule does, and what it is for; of one that was made by other means Temporal's note alone tells. */
function inWords(found: ScheduleDescription): string {
  const { by, policy, note } = madeBy(found);
  if (policy === undefined) return note ?? found.state.note ?? '';
  const what = wordingOf(nameOf(found), policy, by);
  return note === undefined ? what : `${what} (${note})`;
}

/** The reason of whoever paused it: Temporal keeps it in the place of what the schedule is for. */
function reasonOf(found: ScheduleDescription): string {
  const { by, policy, note } = madeBy(found);
  const { note: now = '' } = found.state;
  const isReason = policy !== undefined && now !== '' && now !== (note ?? wordingOf(nameOf(found), policy, by));
  return isReason ? ` (${now})` : '';
}

/** When its next runs begin, at most so many, in the time zone that it was made with; of one that is paused, when they would. */
function whenNext(found: ScheduleDescription, count: number): string {
  const said = (madeBy(found).policy?.timeZone ?? found.spec.timezone) || 'UTC';
  const timeZone = isKnownHere(said) ? said : 'UTC';
  const times = found.info.nextActionTimes.slice(0, count).map((time) => timeIn(time, timeZone));
  const next = times.length === 0 ? 'next never' : `next ${times.join(', ')} ${timeZone}`;
  return found.state.paused ? `paused${reasonOf(found)}, else ${next}` : next;
}

/** The server's Go may have zones that Node.js has not. */
function isKnownHere(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone }).format();
    return true;
  } catch {
    return false;
  }
}

/** `2026-12-01 02:13` of a moment, as clocks of the zone show it. */
function timeIn(time: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(time);
}

const nameOf = ({ scheduleId: id }: ScheduleDescription): string => id.slice(ids().schedule('').length);

async function existing<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new RegistrarError({
      system: 'Temporal',
      kind: 'NotFound',
      message: `there is no schedule ${ids().schedule(name)}`,
      remedy: 'See oidc-registrar schedule list.',
    });
  }
}

/** Connects, acts, and disconnects. What is changed where is told first. Throws `Unavailable`. */
export async function withTemporal<T>(
  act: (client: Client) => Promise<T>,
  connect: () => Promise<Client> = connectToChange,
): Promise<T> {
  const client = await connect();
  try {
    return await act(client);
  } finally {
    await client.connection.close();
  }
}
