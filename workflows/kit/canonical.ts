import {
  type ApplicationFailure,
  ChildWorkflowFailure,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { prose } from '../../core/base/markdown.ts';
import { SCHEDULE_MEMO, type ScheduledBy, waitsUntil } from '../../core/registration/rotationPolicy.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import type { RunKind } from './clientRun.ts';
import { orTell } from './earlyEnd.ts';
import { failure } from './failures.ts';
import { ids } from './ids.ts';
import { countFailure, countResult } from './metrics.ts';

const CLIENT_NAME = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;

function badInput(message: string): ApplicationFailure {
  const remedy = 'Start with `--input \'{"client":"zot"}\'` or a whole registration.';
  return failure('BadInput', `workflow input: ${message}`, { system: 'registration file', remedy });
}

/**
 * The client that an input is about: `client`, or the name of a registration that is the input, or stands in it. `flags` are
 * the keys that may stand beside it, each true or false. Throws `BadInput` (nothing has been touched yet).
 */
export function clientOf(input: unknown, flags: readonly string[] = ['repair', 'takeBack']): string {
  if (typeof input !== 'object' || input === null) throw badInput('an object is needed');
  const fields = input as Readonly<Record<string, unknown>> & { metadata?: { name?: unknown } };
  const inline = fields['kind'] !== undefined || fields.metadata !== undefined;
  if (!inline) {
    const unknown = Object.keys(fields).filter((key) => key !== 'client' && !flags.includes(key));
    if (unknown.length > 0) throw badInput(`unknown key ${unknown.map((key) => `"${key}"`).join(', ')}`);
    for (const flag of flags) {
      if (!['undefined', 'boolean'].includes(typeof fields[flag])) throw badInput(`${flag} must be true or false`);
    }
    if (fields['repair'] === true && fields['takeBack'] === true)
      throw badInput('repair and takeBack are contrary; one of them only');
  }
  const name = inline ? fields.metadata?.name : fields['client'];
  if (typeof name !== 'string' || !CLIENT_NAME.test(name)) {
    throw badInput(
      `${inline ? 'metadata.name' : 'client'} must be a client's name: lower-case letters, digits and "-"`,
    );
  }
  return name;
}

/** The client of a deregistration, whose registration may stand in the input beside its flags. Throws `BadInput`. */
export function deregistrationOf(input: unknown): string {
  const flags = ['purge', 'force', 'doneByHand', 'takeBack'];
  if (typeof input !== 'object' || input === null || !('registration' in input)) return clientOf(input, flags);
  const { registration, ...rest } = input;
  const name = clientOf(registration);
  const named = 'client' in rest ? rest : { ...rest, client: name };
  if (clientOf(named, flags) !== name) throw badInput(`client and registration.metadata.name differ`);
  return name;
}

/**
 * One client, one run: a workflow started under another id runs the same type as a child under the canonical id
 * and passes its result on. A Schedule appends a time to its id, so an id alone excludes nothing; what it starts waits for a run that is
 * open, where others are refused. `nameIn` finds the client in
 * the input, and throws where it is none.
 */
export async function underCanonicalId<Input, Result>(
  { type, deed }: Pick<RunKind, 'type' | 'deed'>,
  input: Input,
  run: (client: string) => Promise<Result>,
  nameIn: (input: Input) => string = clientOf,
): Promise<Result> {
  try {
    const client = await orTell(deed, () => nameIn(input));
    if (workflowInfo().workflowId !== ids().client(client))
      return await orTell(deed, () => runAsChild<Result>(type, client, input), client);
    const result = await run(client);
    countResult(result);
    return result;
  } catch (error) {
    // The child has counted itself.
    if (!(error instanceof ChildWorkflowFailure)) countFailure(error);
    throw error;
  }
}

async function runAsChild<Result>(type: RunKind['type'], client: string, input: unknown): Promise<Result> {
  const workflowId = ids().client(client);
  const until = waitsUntilOfSchedule();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const child = await startChild(type, {
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        ...staticWords(type, `workflow ${workflowInfo().workflowId}`, client),
      });
      setCurrentDetails(`### ${prose(client)}: see the run ${prose(workflowId)}`);
      return (await child.result()) as Result;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const left = until - Date.now();
    // Runs of before never waited.
    if (left <= 0 || !patched('scheduled-run-waits')) throw taken(client, workflowId, until > 0);
    setCurrentDetails(
      `### ${prose(client)} is being changed by ${prose(workflowId)}\n\nThis run waits for its end, until ${new Date(until).toISOString()} at most.`,
    );
    await sleep(Math.min(pause, left), { summary: `before it is asked again whether ${workflowId} has ended` });
  }
}

/** Between two tries to begin, while another run of the client is open. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 900_000;

/** When a run that a Schedule has started gives up its wait; 0 for any other, which somebody is there to start again. */
function waitsUntilOfSchedule(): number {
  const { memo, searchAttributes, startTime } = workflowInfo();
  const told = memo?.[SCHEDULE_MEMO] as ScheduledBy | undefined;
  if (told === undefined && searchAttributes['TemporalScheduledById'] === undefined) return 0;
  return waitsUntil(told ?? {}, startTime.getTime());
}

function taken(client: string, workflowId: string, waited: boolean): ApplicationFailure {
  const open = `client ${client} is being changed by workflow ${workflowId}; one run at a time`;
  const message = waited ? `${open}, and it did not end in the time in which this one could wait` : open;
  return failure('AlreadyRunning', message, {
    system: 'Temporal',
    remedy: `Wait for ${workflowId} to end, or cancel it, then start again.`,
  });
}
