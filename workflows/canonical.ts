import { ApplicationFailure, executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { canonicalWorkflowId, type RegisterInput } from '../core/run.ts';

const CLIENT_NAME = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;

function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'BadInput',
    nonRetryable: true,
    message: `workflow input: ${message}`,
    details: [
      { system: 'registration file', remedy: 'Start with --input \'{"client":"zot"}\' or a whole registration.' },
    ],
  });
}

/** The client that an input is about. Throws `BadInput` (nothing has been touched yet). */
export function clientOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) throw badInput('an object is needed');
  const fields = input as {
    client?: unknown;
    repair?: unknown;
    takeBack?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown };
  };
  const inline = fields.kind !== undefined || fields.metadata !== undefined;
  if (!inline) {
    const unknown = Object.keys(fields).filter((key) => !['client', 'repair', 'takeBack'].includes(key));
    if (unknown.length > 0) throw badInput(`unknown key ${unknown.map((key) => `"${key}"`).join(', ')}`);
    for (const key of ['repair', 'takeBack'] as const)
      if (!['undefined', 'boolean'].includes(typeof fields[key])) throw badInput(`${key} must be true or false`);
    if (fields.repair === true && fields.takeBack === true)
      throw badInput('repair and takeBack are contrary; one of them only');
  }
  const name = inline ? fields.metadata?.name : fields.client;
  if (typeof name !== 'string' || !CLIENT_NAME.test(name)) {
    throw badInput(
      `${inline ? 'metadata.name' : 'client'} must be a client's name: lower-case letters, digits and "-"`,
    );
  }
  return name;
}

/**
 * One client, one run: a workflow started under another id runs the same type as a child under the canonical id
 * and passes its result on. A Schedule appends a time to its id, so an id alone excludes nothing.
 */
export async function runUnderCanonicalId<Result>(type: string, client: string, input: RegisterInput): Promise<Result> {
  const workflowId = canonicalWorkflowId(client);
  try {
    return (await executeChild(type, {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${type} of ${client}, started as ${workflowInfo().workflowId}`,
    })) as Result;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw ApplicationFailure.create({
      type: 'AlreadyRunning',
      nonRetryable: true,
      message: `client ${client} is being changed by workflow ${workflowId}; one run at a time`,
      details: [{ system: 'Temporal', remedy: `Wait for ${workflowId} to end, or cancel it, then start again.` }],
    });
  }
}
