import { ansiblePaths, credentialsTemplate, factOf, preTasksOf, roleTaskOf } from './ansibleNames.ts';
import { addConfigMapKey, removeConfigMapKey } from './edits/configMap.ts';
import { addEmptyDefault, removeEmptyDefault } from './edits/defaults.ts';
import { addEnvEntry, removeEnvEntry } from './edits/deployment.ts';
import type { EditOutcome } from './edits/edit.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from './edits/externalSecret.ts';
import { addPreTasks, removePreTasks } from './edits/playbook.ts';
import { addRoleTask, removeRoleTask } from './edits/role.ts';
import { CannotEdit } from './edits/yamlSplice.ts';
import { RegistrarError, type ErrorKind } from './errors.ts';
import type { Installation } from './installation.ts';
import type { AnsibleConsumer, Registration } from './registration.ts';
import type { Names } from './resolve.ts';

export type EditStep = 'patchExternalSecret' | 'syncBlueprint' | 'renderAnsibleFiles';

export interface ChangeInput {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly names: Names;
  readonly blueprintText: string;
  readonly steps: readonly EditStep[];
  /** Text of a file as it is now; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
}

export interface FileChangePlan {
  readonly step: EditStep;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly kind: 'changed' | 'created' | 'alreadyThere';
}

export interface FileRemoval {
  readonly path: string;
  /** null: the file is deleted. */
  readonly after: string | null;
  readonly kind: 'changed' | 'alreadyGone' | 'kept';
  /** Why it is kept; empty otherwise. */
  readonly reason: string;
}

/** One edit of one file, both ways. */
interface FileEdit {
  readonly step: EditStep;
  readonly path: string;
  readonly mayCreate: boolean;
  readonly add: (text: string | undefined) => EditOutcome;
  readonly remove: (text: string) => EditOutcome | 'delete';
}

/** Every file that a registration may touch, with the step that does. */
export function filesNeeded(
  registration: Registration,
  installation: Installation,
): readonly { step: EditStep; path: string }[] {
  const { authentik } = installation;
  return [
    { step: 'patchExternalSecret', path: authentik.externalSecret.file },
    { step: 'patchExternalSecret', path: authentik.deployment.file },
    { step: 'syncBlueprint', path: authentik.blueprints.file },
    ...ansibleConsumers(registration).flatMap((consumer) => {
      const paths = ansiblePaths(consumer);
      const files = [
        paths.template,
        paths.tasks,
        ...(consumer.guard === 'default' ? [paths.defaults] : []),
        paths.playbook,
      ];
      return files.map((path) => ({ step: 'renderAnsibleFiles' as const, path }));
    }),
  ];
}

/** What the edits of these steps make of the files. Throws one error that names every file that cannot be edited. */
export function planFileChanges(input: ChangeInput): readonly FileChangePlan[] {
  const problems: RegistrarError[] = [];
  const current = new Map<string, string | undefined>();
  const plans: FileChangePlan[] = [];
  for (const edit of editsOf(input)) {
    const before = current.has(edit.path) ? current.get(edit.path) : input.read(edit.path);
    const outcome = attempt(edit, before, problems);
    if (outcome === undefined) continue;
    current.set(edit.path, outcome.text);
    plans.push({ step: edit.step, path: edit.path, before, after: outcome.text, kind: kindOf(outcome.kind, before) });
  }
  throwAll(problems);
  return plans;
}

/** The other way: our entries taken out of files that others may have changed meanwhile. */
export function planFileRemovals(input: ChangeInput): readonly FileRemoval[] {
  return editsOf(input).map((edit) => {
    const before = input.read(edit.path);
    if (before === undefined) return { path: edit.path, after: null, kind: 'alreadyGone', reason: '' };
    const outcome = edit.remove(before);
    if (outcome === 'delete') return { path: edit.path, after: null, kind: 'changed', reason: '' };
    switch (outcome.kind) {
      case 'changed':
        return { path: edit.path, after: outcome.text, kind: 'changed', reason: '' };
      case 'alreadyThere':
        return { path: edit.path, after: before, kind: 'alreadyGone', reason: '' };
      case 'different':
        return { path: edit.path, after: before, kind: 'kept', reason: 'someone has changed our entry since.' };
      case 'refused':
        return {
          path: edit.path,
          after: before,
          kind: 'kept',
          reason: `our entry cannot be taken out safely: ${outcome.reason}.`,
        };
    }
  });
}

function editsOf(input: ChangeInput): readonly FileEdit[] {
  const { installation, names, registration } = input;
  const { authentik, vault } = installation;
  const secretFile = input.read(authentik.externalSecret.file);
  const secretName =
    secretFile === undefined ? undefined : safely(() => targetSecretOf(secretFile, authentik.externalSecret.name));
  const secretEntry = {
    name: authentik.externalSecret.name,
    secretKey: names.secretKey,
    remoteKey: vault.itemTitle,
    property: names.vaultField,
  };
  const envEntry = {
    name: authentik.deployment.name,
    container: authentik.deployment.container,
    envVar: names.envVar,
    secretName: secretName ?? authentik.externalSecret.name,
    secretKey: names.secretKey,
  };
  const key = { name: authentik.blueprints.configMap, key: names.blueprintKey, value: input.blueprintText };
  const all: readonly FileEdit[] = [
    inFile('patchExternalSecret', authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
    inFile('patchExternalSecret', authentik.deployment.file, addEnvEntry, removeEnvEntry, envEntry),
    inFile('syncBlueprint', authentik.blueprints.file, addConfigMapKey, removeConfigMapKey, key),
    ...ansibleConsumers(registration).flatMap((consumer) => ansibleEdits(consumer, input)),
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}

function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names }: ChangeInput,
): readonly FileEdit[] {
  const paths = ansiblePaths(consumer);
  const preTasks = preTasksOf(consumer, registration, installation, names);
  const fact = factOf(consumer);
  return [
    newFile('renderAnsibleFiles', paths.template, credentialsTemplate(consumer, names)),
    inFile('renderAnsibleFiles', paths.tasks, addRoleTask, removeRoleTask, roleTaskOf(consumer, registration)),
    ...(consumer.guard === 'default'
      ? [inFile('renderAnsibleFiles', paths.defaults, addEmptyDefault, removeEmptyDefault, fact)]
      : []),
    inFile('renderAnsibleFiles', paths.playbook, addPreTasks, removePreTasks, preTasks),
  ];
}

function ansibleConsumers(registration: Registration): readonly AnsibleConsumer[] {
  return registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}

function inFile<Wanted>(
  step: EditStep,
  path: string,
  add: (text: string, wanted: Wanted) => EditOutcome,
  remove: (text: string, wanted: Wanted) => EditOutcome,
  wanted: Wanted,
): FileEdit {
  return {
    step,
    path,
    mayCreate: false,
    add: (text) => add(text ?? '', wanted),
    remove: (text) => remove(text, wanted),
  };
}

function newFile(step: EditStep, path: string, wanted: string): FileEdit {
  return {
    step,
    path,
    mayCreate: true,
    add: (found) => {
      if (found === undefined) return { kind: 'changed', text: wanted, splices: [], inverse: [] };
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    remove: (found) => (found === wanted ? 'delete' : { kind: 'different', found, wanted }),
  };
}

function attempt(
  edit: FileEdit,
  before: string | undefined,
  problems: RegistrarError[],
): { readonly kind: 'changed' | 'alreadyThere'; readonly text: string } | undefined {
  if (before === undefined && !edit.mayCreate) {
    problems.push(
      problem(
        'NotFound',
        `${edit.path}: the GitOps repository has no such file`,
        'Correct the path in registrar.yaml or in the registration, or add the file.',
      ),
    );
    return undefined;
  }
  const outcome = edit.add(before);
  if (outcome.kind === 'changed' || outcome.kind === 'alreadyThere') return outcome;
  problems.push(
    outcome.kind === 'different'
      ? problem(
          'Collision',
          `${edit.path}: an entry of that name is there but different. There:\n${outcome.found}\nWanted:\n${outcome.wanted}`,
          'Make the entry as wanted, rename or remove it, then start again.',
        )
      : problem(
          outcome.reason.includes('does not parse') ? 'BadInput' : 'Refused',
          `${edit.path}: ${outcome.reason}`,
          `Mend the file, or add these lines by hand:\n${outcome.addByHand}`,
        ),
  );
  return undefined;
}

function kindOf(kind: 'changed' | 'alreadyThere', before: string | undefined): FileChangePlan['kind'] {
  if (kind === 'alreadyThere') return 'alreadyThere';
  return before === undefined ? 'created' : 'changed';
}

function problem(kind: ErrorKind, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Git', kind, message, remedy });
}

function throwAll(problems: readonly RegistrarError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  throw problem(
    first.kind,
    problems.map((each) => each.message).join('\n'),
    problems.map((each) => each.remedy).join('\n'),
  );
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}
