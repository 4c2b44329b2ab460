import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { clientTypeOf } from '../../core/authentik/wantedState.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { scheduleId, type RotationPolicy } from '../../core/registration/rotationPolicy.ts';
import { createRotationSchedules } from '../../integrations/temporal/temporalSchedules.ts';
import { connectToChange } from '../connect.ts';
import { installationIfAny } from '../localFiles.ts';
import { WorkingCopy } from '../workingCopy.ts';
import { registrationIn } from './planOffline.ts';

/** Of the worker; a schedule's runs must come to it. */
const TASK_QUEUE = 'oidc-registrar';

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

/** Makes the client's schedule, or gives it other times. */
export async function setSchedule(
  client: Client,
  name: string,
  options: ScheduleCommandOptions,
  print: Print,
): Promise<void> {
  const { note, paused, ...policy } = options;
  const schedules = createRotationSchedules(client, TASK_QUEUE);
  const found = await schedules.read(name);
  const done = await schedules.put(name, policy, {
    by: 'person',
    ...(note === undefined ? {} : { note }),
    ...(paused === undefined ? {} : { paused }),
  });
  print(`Schedule ${scheduleId(name)} ${done}.`);
  if (found?.by === 'registration') print(`It followed spec.rotation of ${name}, which is not followed any more.`);
  await describe(client, name, print);
}

/** Every schedule of rotations, however it was made. */
export async function listSchedules(client: Client, print: Print): Promise<void> {
  let found = 0;
  for await (const { scheduleId: id, action, state, info } of client.schedule.list()) {
    if (action?.workflowType !== 'rotateSecret') continue;
    found += 1;
    const [next] = info.nextActionTimes;
    print([id, state.paused ? 'paused' : `next ${next?.toISOString() ?? 'never'}`, state.note ?? ''].join('  '));
  }
  if (found === 0) print('No rotation is scheduled.');
}

/** Temporal keeps one note, which a pause or its end overwrites. */
export async function pauseSchedule(
  client: Client,
  name: string,
  note: string | undefined,
  print: Print,
): Promise<void> {
  await existing(name, () => client.schedule.getHandle(scheduleId(name)).pause(note));
  print(`Schedule ${scheduleId(name)} is paused.`);
}

export async function unpauseSchedule(
  client: Client,
  name: string,
  note: string | undefined,
  print: Print,
): Promise<void> {
  await existing(name, () => client.schedule.getHandle(scheduleId(name)).unpause(note));
  await describe(client, name, print);
}

/** A run that it has started goes on. */
export async function deleteSchedule(client: Client, name: string, print: Print): Promise<void> {
  await existing(name, () => client.schedule.getHandle(scheduleId(name)).delete());
  print(`Schedule ${scheduleId(name)} is deleted.`);
}

async function describe(client: Client, name: string, print: Print): Promise<void> {
  const { info, state } = await existing(name, () => client.schedule.getHandle(scheduleId(name)).describe());
  const next = info.nextActionTimes.slice(0, 3).map((time) => time.toISOString());
  print(state.paused ? `${state.note ?? ''} (paused)` : `${state.note ?? ''}: next ${next.join(', ') || 'never'}`);
}

async function existing<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new RegistrarError({
      system: 'Temporal',
      kind: 'NotFound',
      message: `there is no schedule ${scheduleId(name)}`,
      remedy: 'See oidc-registrar schedule list.',
    });
  }
}

/** Connects, acts, and disconnects. What is changed where is told first. Throws `Unavailable`. */
export async function withTemporal(
  act: (client: Client) => Promise<void>,
  connect: () => Promise<Client> = connectToChange,
): Promise<void> {
  const client = await connect();
  try {
    await act(client);
  } finally {
    await client.connection.close();
  }
}
