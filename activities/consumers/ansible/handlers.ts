import { readYaml } from '../../../core/base/yamlFile.ts';
import type { AnsibleConsumer } from '../../../core/consumers/ansible/schema.ts';
import type { RepositoryFiles } from '../liveConsumer.ts';

/** Ansible notices a handler that does not exist only when the task has changed something. */
export async function handlerWarnings(
  deps: RepositoryFiles,
  { notify, rolesPath, role }: AnsibleConsumer,
  commit: string,
): Promise<readonly string[]> {
  if (notify === undefined) return [];
  const folder = `${rolesPath}/${role}/handlers`;
  const handlers = await handlersOf(deps, commit, folder);
  if (handlers.some((handler) => hearsOf(handler, role, notify))) return [];
  return [`${folder} has no handler "${notify}"; see that another role of the play brings it`];
}

type Task = Readonly<Record<string, unknown>>;

/** The handlers of a role, those in files that its main file takes in among them. */
async function handlersOf({ git }: RepositoryFiles, base: string, folder: string): Promise<readonly Task[]> {
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
