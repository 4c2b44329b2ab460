import type { Registration } from '../../core/registration/registration.ts';
import { readYaml } from '../../core/base/yamlFile.ts';
import type { Deps } from '../deps.ts';

interface Files {
  readonly git: Pick<Deps['git'], 'readFile'>;
}

/** Ansible notices a handler that does not exist only when the task has changed something. */
export async function handlerWarnings(
  deps: Files,
  registration: Registration,
  base: string,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const consumer of registration.spec.consumers) {
    if (consumer.kind !== 'ansible' || consumer.notify === undefined) continue;
    const folder = `${consumer.rolesPath}/${consumer.role}/handlers`;
    const handlers = await handlersOf(deps, base, folder);
    if (handlers.some((handler) => hearsOf(handler, consumer.role, consumer.notify ?? ''))) continue;
    warnings.push(`${folder} has no handler "${consumer.notify}"; see that another role of the play brings it`);
  }
  return warnings;
}

type Task = Readonly<Record<string, unknown>>;

/** The handlers of a role, those in files that its main file takes in among them. */
async function handlersOf({ git }: Files, base: string, folder: string): Promise<readonly Task[]> {
  const read = async (file: string): Promise<readonly Task[]> => tasksOf(await git.readFile(base, `${folder}/${file}`));
  const main = (await Promise.all(['main.yml', 'main.yaml'].map(read))).flat();
  const takenIn = main.map(fileTakenIn).filter((file) => file !== undefined);
  return [...main, ...(await Promise.all(takenIn.map(read))).flat()];
}

/** The tasks of a file; none where it is not there or cannot be read as a list. */
function tasksOf(text: string | undefined): readonly Task[] {
  const data = text === undefined ? undefined : readYaml(text).data;
  return Array.isArray(data) ? data.filter((each) => typeof each === 'object' && each !== null) : [];
}

const TAKE_IN = ['import_tasks', 'include_tasks'].flatMap((action) => [action, `ansible.builtin.${action}`]);

function fileTakenIn(task: Task): string | undefined {
  for (const action of TAKE_IN) {
    const given = task[action] as string | { readonly file?: string } | null | undefined;
    const file = typeof given === 'string' ? given : given?.file;
    if (file !== undefined) return file;
  }
  return undefined;
}

/** A handler is notified by its name, with or without its role's, or by a topic that it listens to. */
function hearsOf(handler: Task, role: string, notified: string): boolean {
  const topics = [handler['name'], handler['listen']].flat();
  return topics.includes(notified) || notified === `${role} : ${String(handler['name'])}`;
}
