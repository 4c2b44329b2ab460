import { RegistrarError } from '../base/errors.ts';

/**
 * Every name by which Temporal knows what belongs to one installation: the task queue that its workers poll, and the ids of its
 * workflows and Schedules. Of a client's name that is empty comes what all of a kind begin with.
 */
export interface Ids {
  readonly taskQueue: string;
  /** The one workflow id under which a client is changed. */
  readonly client: (name: string) => string;
  /** Workflow id of the check of one client. */
  readonly check: (name: string) => string;
  /** Workflow id of the check of all clients. No client has it: a client's id goes on with a "/". */
  readonly checkAll: string;
  /** Workflow id of a plan that others may share. */
  readonly plan: (name: string) => string;
  /** Workflow id of the diagnosis. */
  readonly doctor: string;
  /** Of a client's Schedule, and of the workflows that it starts, to which Temporal appends a time. */
  readonly schedule: (name: string) => string;
}

/** Visibility query for the runs that change a client and are open. */
export function openRunsQuery(ids: Ids): string {
  return `ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "${ids.client('')}"`;
}

/** Of the one installation of a namespace, which needs no name. */
const QUEUE = 'oidc-registrar';

/**
 * The ids of an installation. Its name comes first, so that of no other one an id begins alike; that of a namespace's only
 * installation is empty.
 */
export function idsOf(installation: string): Ids {
  const prefix = installation === '' ? '' : `${installation}/`;
  return {
    taskQueue: installation === '' ? QUEUE : `${QUEUE}-${installation}`,
    client: (name) => `${prefix}oidc-client/${name}`,
    check: (name) => `${prefix}oidc-check/${name}`,
    checkAll: `${prefix}oidc-check`,
    plan: (name) => `${prefix}oidc-plan/${name}`,
    doctor: `${prefix}oidc-doctor`,
    schedule: (name) => `${prefix}oidc-rotate/${name}`,
  };
}

/** None that begins with a kind of id. */
const NAME = /^(?!oidc-)[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;
const OF_QUEUE = new RegExp(`^${QUEUE}(?:-(.+))?$`);
const OF_CLIENT = /^(?:[a-z0-9-]+\/)?oidc-client\/(.+)$/;
const OF_ID = /^([a-z0-9-]+)\/oidc-(?:client|check|plan|doctor|rotate)(?:\/|$)/;

/** The name of the installation that a workflow of this id belongs to. */
export function installationOf(workflowId: string): string {
  return OF_ID.exec(workflowId)?.[1] ?? '';
}

/** The client that a workflow of this id changes; undefined where it is another workflow's. */
export function clientOfId(workflowId: string): string | undefined {
  return OF_CLIENT.exec(workflowId)?.[1];
}

/**
 * The ids of the installation that a workflow belongs to. Whoever polls its task queue works on it, whatever id it was started
 * under; a replay is given another queue, so there its own id tells.
 */
export function idsOfWorkflow({ taskQueue, workflowId }: Readonly<Record<'taskQueue' | 'workflowId', string>>): Ids {
  const ofQueue = OF_QUEUE.exec(taskQueue);
  return idsOf(ofQueue === null ? installationOf(workflowId) : (ofQueue[1] ?? ''));
}

/** The ids of the installation that `REGISTRAR_INSTALLATION` names. Throws `BadInput`. */
export function idsOfEnvironment(env: Readonly<Record<string, string | undefined>>): Ids {
  const name = (env['REGISTRAR_INSTALLATION'] ?? '').trim();
  if (name === '' || NAME.test(name)) return idsOf(name);
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: `REGISTRAR_INSTALLATION is "${name}", which is no name of an installation`,
    remedy:
      'Give lower-case letters, digits and "-", 50 characters at most, and no "oidc-" at its beginning; leave it out where a namespace has but one.',
  });
}

/** Of a namespace's only installation: for tests, benches and the sandbox. Whatever is shipped asks whose ids it needs. */
export const IDS = idsOf('');
