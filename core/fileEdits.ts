import { consumerSecret } from './consumerSecret.ts';
import { externalSecretConsumers } from './consumersOf.ts';
import { extraFilePaths, extraFilesOf } from './extraFiles.ts';
import { ansiblePaths, credentialsTemplate, factOf, preTasksOf, roleFiles, roleTaskOf } from './ansibleNames.ts';
import { restoreByLines } from './edits/byLines.ts';
import { sameSection } from './edits/blueprintSection.ts';
import { restoreClientFile, updateClientFile } from './edits/clientFile.ts';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
  type ClientSection,
} from './edits/clientSection.ts';
import { addEmptyDefault, defaultsFile, removeEmptyDefault } from './edits/defaults.ts';
import { addGeneratedKey, generatorIn, removeGeneratedKey } from './edits/configMapGenerator.ts';
import { addEnvEntry, removeEnvEntry } from './edits/deployment.ts';
import { addVolumeItem, mountIn, removeVolumeItem } from './edits/volumeItems.ts';
import type { EditOutcome } from './edits/edit.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from './edits/externalSecret.ts';
import { addResource, removeResource } from './edits/kustomization.ts';
import { addOwnSecret, pointsElsewhere, removeOwnSecret, rewriteOwnSecret } from './edits/ownExternalSecret.ts';
import { addPreTasks, removePreTasks, updatePreTasks } from './edits/playbook.ts';
import { addRoleTask, hasRoleTask, removeRoleTask, roleTaskFile, updateRoleTask } from './edits/role.ts';
import { CannotEdit } from './edits/yamlDocument.ts';
import type { Installation } from './installation.ts';
import type { AnsibleConsumer, ExternalSecretConsumer, Registration } from './registration.ts';
import { resolveNames, type Names } from './resolve.ts';

export type EditStep = 'patchExternalSecret' | 'syncBlueprint' | 'renderAnsibleFiles' | 'deliverToConsumers';

export interface ChangeInput {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly names: Names;
  readonly blueprintText: string;
  readonly steps: readonly EditStep[];
  /** Text of a file as it is now; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** The same before the change, where it is to be taken back: an ExternalSecret that was there pointed elsewhere. */
  readonly before?: (path: string) => string | undefined;
  /** What is taken back of entries that were updated: text of a file before the change, where this entry was. */
  readonly origin?: (entry: string, path: string) => string | undefined;
  /** Which entries may be updated; where it is not given, those of a client whose section is there. */
  readonly updates?: (entry: string) => boolean;
  /** Consumers that the registration named before and no longer does: their entries go. */
  readonly former?: readonly AnsibleConsumer[];
  /** The same, of consumers with an ExternalSecret of their own. */
  readonly formerSecrets?: readonly ExternalSecretConsumer[];
}

/** One edit of one file, both ways. */
export interface FileEdit {
  readonly step: EditStep;
  /** Names the edit within the job: several may share a file. */
  readonly entry: string;
  readonly path: string;
  readonly mayCreate: boolean;
  /** What a person makes first where the file, or the object in it, is not there. */
  readonly makeFirst: string;
  readonly add: (text: string | undefined) => EditOutcome;
  readonly remove: (text: string) => EditOutcome | 'delete';
  /** Makes an entry of this client that says something else say what is asked for, inside what is there. */
  readonly update?: (text: string) => EditOutcome;
  /** The entry is of a consumer that is no longer named: to make the edit is to take it out. */
  readonly takesOut?: true;
  /** Puts back what `update` changed: the entry as it is in `origin`, while what was asked for stands. */
  readonly restore?: (text: string, origin: string) => EditOutcome;
}

/** Every file that a registration may touch, with the step that does. */
export function filesNeeded(
  registration: Registration,
  installation: Installation,
  former: readonly AnsibleConsumer[] = [],
): readonly { step: EditStep; path: string }[] {
  const { authentik } = installation;
  return [
    { step: 'patchExternalSecret', path: authentik.externalSecret.file },
    { step: 'patchExternalSecret', path: authentik.deployment.file },
    { step: 'syncBlueprint', path: authentik.blueprints.file },
    ...(authentik.blueprints.generatedFrom === undefined
      ? []
      : [
          {
            step: 'syncBlueprint' as const,
            path: blueprintFile(installation, resolveNames(registration, installation)),
          },
        ]),
    ...[...ansibleConsumers(registration), ...former].flatMap((consumer) => {
      const paths = ansiblePaths(consumer);
      const files = [
        paths.template,
        paths.tasks,
        ...(consumer.guard === 'default' ? [paths.defaults] : []),
        paths.playbook,
      ];
      return files.map((path) => ({ step: 'renderAnsibleFiles' as const, path }));
    }),
    ...extraFilePaths(registration).map((path) => ({ step: 'renderAnsibleFiles' as const, path })),
    ...externalSecretConsumers(registration).flatMap(({ consumer: { file, kustomization } }) =>
      [file, ...(kustomization === undefined ? [] : [kustomization])].map((path) => ({
        step: 'deliverToConsumers' as const,
        path,
      })),
    ),
  ];
}

/** Every path whose text the edits ask for: those of {@link filesNeeded}, and those that tell how a role is laid out. */
export function pathsRead(
  registration: Registration,
  installation: Installation,
  { former = [], formerSecrets = [] }: Pick<ChangeInput, 'former' | 'formerSecrets'> = {},
): readonly string[] {
  const needed = filesNeeded(registration, installation, former).map(({ path }) => path);
  const consumers = [...ansibleConsumers(registration), ...former];
  const secrets = formerSecrets.flatMap(({ file, kustomization = file }) => [file, kustomization]);
  return [...new Set([...needed, ...consumers.flatMap((consumer) => roleFiles(consumer)), ...secrets])];
}

/** The edits of these steps, in the order in which they are made. */
export function editsOf(input: ChangeInput): readonly FileEdit[] {
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
    valuesPath: authentik.deployment.valuesPath,
    envVar: names.envVar,
    secretName: secretName ?? authentik.externalSecret.name,
    secretKey: names.secretKey,
  };
  const all: readonly FileEdit[] = [
    {
      ...inFile(authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
      makeFirst:
        `Correct authentik.externalSecret in registrar.yaml, or make the ExternalSecret ${secretEntry.name} in that file first, ` +
        `with the other keys of Authentik in its spec.data.`,
      step: 'patchExternalSecret',
      entry: 'externalSecret',
    },
    ...(names.secretFile === undefined
      ? [
          {
            ...inFile(authentik.deployment.file, addEnvEntry, removeEnvEntry, envEntry),
            makeFirst:
              envEntry.valuesPath === undefined
                ? `Correct authentik.deployment in registrar.yaml: it names the file that holds the Deployment ${envEntry.name} of the worker, ` +
                  `or a patch of it with the container ${envEntry.container}.`
                : 'Correct authentik.deployment in registrar.yaml: it names the file that holds the values of the chart.',
            step: 'patchExternalSecret' as const,
            entry: 'deployment',
          },
        ]
      : itemEdits(input, envEntry.secretName)),
    ...blueprintEdits(input),
    ...ansibleConsumers(registration).flatMap((consumer, i) =>
      ansibleEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'renderAnsibleFiles' as const,
        entry: `${edit.entry}/${i}`,
      })),
    ),
    ...extraFilesOf(registration, names).map(({ entry, path, text }) => ({
      ...newFile(path, text),
      // Once the registration stands, what people make of the file is theirs.
      update: (found: string) => ({ kind: 'alreadyThere' as const, text: found }),
      step: 'renderAnsibleFiles' as const,
      entry,
    })),
    ...externalSecretConsumers(registration).flatMap(({ consumer, index }) =>
      consumerEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'deliverToConsumers' as const,
        entry: `${edit.entry}/${index}`,
      })),
    ),
    ...(input.former ?? []).flatMap((consumer, i) =>
      ansibleEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'renderAnsibleFiles' as const,
        entry: `former ${edit.entry}/${i}`,
        mayCreate: true,
        takesOut: true as const,
      })),
    ),
    ...(input.formerSecrets ?? []).flatMap((consumer, i) =>
      consumerEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'deliverToConsumers' as const,
        entry: `former ${edit.entry}/${i}`,
        mayCreate: true,
        takesOut: true as const,
      })),
    ),
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}

/** Path of the file that a client's blueprint has of its own, where a generator makes the ConfigMap. */
function blueprintFile({ authentik }: Installation, { blueprintKey }: Names): string {
  return `${(authentik.blueprints.generatedFrom ?? '').replace(/\/$/, '')}/${blueprintKey}`;
}

/** The blueprint as a key of the ConfigMap, or as a file of its own that a generator names. */
function blueprintEdits(input: ChangeInput): readonly FileEdit[] {
  const { installation, names } = input;
  const { authentik } = installation;
  const { file, configMap, generatedFrom, mountedAs } = authentik.blueprints;
  const key = {
    name: configMap,
    key: names.blueprintKey,
    value: input.blueprintText,
    described: input.registration.spec.description !== undefined,
  };
  if (generatedFrom === undefined)
    return [
      {
        ...inFile(file, addClientSection, removeClientSection, key),
        update: (text) => updateClientSection(text, key),
        restore: (text, origin) => restoreClientSection(text, origin, key),
        makeFirst: `Correct authentik.blueprints in registrar.yaml, or make the ConfigMap first, have it deployed, and mount it at /blueprints/${mountedAs} of the worker:
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${key.name}
  namespace: ${authentik.namespace}`,
        step: 'syncBlueprint',
        entry: 'configMap',
      },
    ];
  const own = blueprintFile(installation, names);
  const kustomization = input.read(file);
  const files = kustomization === undefined ? [] : (generatorIn(kustomization, configMap)?.files ?? []);
  const listed = files.some((each) => each.key === key.key);
  const generated = { name: configMap, key: key.key, path: own.slice(file.lastIndexOf('/') + 1) };
  return [
    { ...ownFile(own, key, listed), step: 'syncBlueprint', entry: 'configMap' },
    {
      ...inFile(file, addGeneratedKey, removeGeneratedKey, generated),
      makeFirst:
        `Correct authentik.blueprints in registrar.yaml, or make a kustomization with a configMapGenerator named ${configMap} there first, ` +
        `with options.disableNameSuffixHash: true, and mount its ConfigMap at /blueprints/${mountedAs} of the worker.`,
      step: 'syncBlueprint',
      entry: 'generator',
    },
  ];
}

/** A Secret that is mounted whole brings every key: then nothing of the Deployment is edited. */
function itemEdits({ installation, names, read }: ChangeInput, secretName: string): readonly FileEdit[] {
  const { deployment, secretFolder = '' } = installation.authentik;
  const { file, name, container } = deployment;
  const item = { name, container, secretName, folder: secretFolder, key: names.secretKey };
  const text = read(file);
  if (text !== undefined && safely(() => mountIn(text, item))?.kind === 'whole') return [];
  return [
    {
      ...inFile(file, addVolumeItem, removeVolumeItem, item),
      step: 'patchExternalSecret',
      entry: 'deployment',
    },
  ];
}

/** A blueprint that says the same, however it was written, is there already; one that nothing names is somebody's leftover. */
function ownFile(path: string, wanted: ClientSection, listed: boolean): Edits {
  const edits = newFile(path, wanted.value);
  const same = (text: string): boolean => safely(() => sameSection(text, wanted.value, wanted)) === true;
  return {
    ...edits,
    add: (found) => {
      if (found !== undefined && !listed)
        return {
          kind: 'refused',
          reason: 'it is there, but the generator does not name it, so nobody can say whose it is',
          addByHand: `      - ${wanted.key}=… (in the kustomization), or delete the file`,
        };
      return found !== undefined && same(found) ? { kind: 'alreadyThere', text: found } : edits.add(found);
    },
    update: (text) => updateClientFile(text, wanted),
    restore: (text, origin) => restoreClientFile(text, origin, wanted),
    remove: (found) => (same(found) ? 'delete' : edits.remove(found)),
  };
}

function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names, read }: ChangeInput,
): readonly Omit<FileEdit, 'step'>[] {
  const paths = ansiblePaths(consumer, read);
  const preTasks = preTasksOf(consumer, registration, installation, names);
  const fact = factOf(consumer);
  const task = roleTaskOf(consumer, registration);
  const hasRole = roleFiles(consumer).some((path) => read(path) !== undefined);
  const inRole = (edits: Edits, whole: string) => ({
    ...(hasRole ? orNewFile(edits, whole) : edits),
    makeFirst: `Correct role or rolesPath in the registration, or make the role ${consumer.role} first.`,
  });
  const tasks = read(paths.tasks);
  const isOurs = (text: string): boolean =>
    new RegExp(String.raw`\{\{\s*${fact}\b`).test(text) ||
    (tasks !== undefined && safely(() => hasRoleTask(tasks, task)) === true);
  return [
    { ...template(paths.template, credentialsTemplate(consumer, names), isOurs), entry: 'template' },
    {
      ...inRole(inFile(paths.tasks, addRoleTask, removeRoleTask, task), roleTaskFile(task)),
      ...updates((text) => updateRoleTask(text, task)),
      entry: 'roleTask',
    },
    ...(consumer.guard === 'default'
      ? [
          {
            ...inRole(inFile(paths.defaults, addEmptyDefault, removeEmptyDefault, fact), defaultsFile(fact)),
            entry: 'default',
          },
        ]
      : []),
    {
      ...inFile(paths.playbook, addPreTasks, removePreTasks, preTasks),
      ...updates((text) => updatePreTasks(text, preTasks)),
      makeFirst: `Correct playbook in the registration: it names the file whose play uses the role ${consumer.role}.`,
      // The role may have left the playbook before its client is deregistered, and our tasks with it.
      remove: (text) =>
        text.includes(fact) ? removePreTasks(text, preTasks) : { kind: 'alreadyThere' as const, text },
      entry: 'preTasks',
    },
  ];
}

/** The file of the ExternalSecret, and the list that brings it into the Application. */
function consumerEdits(
  consumer: ExternalSecretConsumer,
  { names, installation, before }: ChangeInput,
): readonly Omit<FileEdit, 'step'>[] {
  const { file, kustomization, namespace } = consumer;
  const wanted = consumerSecret(consumer, names, installation);
  const pointed = pointsElsewhere(before?.(file), wanted);
  const secret = {
    entry: 'consumerSecret',
    path: file,
    mayCreate: true,
    makeFirst: '',
    add: (text: string | undefined) => addOwnSecret(text, wanted),
    ...updates((text) => rewriteOwnSecret(text, wanted)),
    remove: (text: string) => removeOwnSecret(text, wanted, pointed),
  };
  if (kustomization === undefined) return [secret];
  const resource = file.slice(kustomization.lastIndexOf('/') + 1);
  const listed = inFile(kustomization, addResource, removeResource, { resource, namespace });
  const makeFirst = 'Correct kustomization in the registration, or leave it out where the folder has none.';
  return [secret, { ...listed, makeFirst, entry: 'kustomization' }];
}

/**
 * Consumers of the registration before that no consumer stands for any more. One that only says something else of the same role, or
 * reads the same fact, is changed where it stands. Pure.
 */
export function formerConsumers(before: Registration, now: Registration): readonly AnsibleConsumer[] {
  const current = ansibleConsumers(now);
  return ansibleConsumers(before).filter(
    (old) =>
      !current.some(
        (each) => factOf(each) === factOf(old) || (each.role === old.role && each.rolesPath === old.rolesPath),
      ),
  );
}

/** The same of consumers with an ExternalSecret of their own: one of another file, name or place is another one. Pure. */
export function formerSecretsOf(before: Registration, now: Registration): readonly ExternalSecretConsumer[] {
  const key = ({ file, name, namespace, cluster }: ExternalSecretConsumer): string =>
    JSON.stringify([file, name, namespace, cluster]);
  const current = new Set(externalSecretConsumers(now).map(({ consumer }) => key(consumer)));
  return externalSecretConsumers(before)
    .map(({ consumer }) => consumer)
    .filter((consumer) => !current.has(key(consumer)));
}

function ansibleConsumers(registration: Registration): readonly AnsibleConsumer[] {
  return registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}

type Edits = Omit<FileEdit, 'step' | 'entry'>;

function inFile<Wanted>(
  path: string,
  add: (text: string, wanted: Wanted) => EditOutcome,
  remove: (text: string, wanted: Wanted) => EditOutcome,
  wanted: Wanted,
): Edits {
  return {
    path,
    mayCreate: false,
    makeFirst: 'Correct the path in registrar.yaml or in the registration, or add the file.',
    add: (text) => add(text ?? '', wanted),
    remove: (text) => remove(text, wanted),
  };
}

/** An edit of a file, which is made where it is not there, and deleted again while it holds nothing else. */
function orNewFile(edits: Edits, whole: string): Edits {
  return {
    ...edits,
    mayCreate: true,
    add: (text) => {
      const outcome = edits.add(text);
      return text === undefined && outcome.kind === 'changed' ? newFile(edits.path, whole).add(undefined) : outcome;
    },
    remove: (text) => (text === whole ? 'delete' : edits.remove(text)),
  };
}

function newFile(path: string, wanted: string): Edits {
  return {
    path,
    mayCreate: true,
    makeFirst: '',
    add: (found) => {
      if (found === undefined) return { kind: 'changed', text: wanted, splices: [], inverse: [] };
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    remove: (found) => (found === wanted ? 'delete' : { kind: 'different', found, wanted }),
  };
}

/** An update, and its way back by the lines that it changed. */
function updates(update: (text: string) => EditOutcome): Required<Pick<FileEdit, 'update' | 'restore'>> {
  return {
    update,
    restore: (text, origin) => {
      const updated = update(origin);
      if (updated.kind === 'changed') return restoreByLines(text, origin, updated.text);
      return updated.kind === 'alreadyThere' ? { kind: 'alreadyThere', text } : updated;
    },
  };
}

/** A template is ours to rewrite where it renders our fact, or our task renders it. */
function template(
  path: string,
  wanted: string,
  isOurs: (text: string) => boolean,
): Edits & Pick<FileEdit, 'update' | 'restore'> {
  return {
    ...newFile(path, wanted),
    ...updates((text) =>
      isOurs(text)
        ? { kind: 'changed', text: wanted, splices: [], inverse: [] }
        : {
            kind: 'refused',
            reason: 'it does not render our fact, and no task of our name renders it: it may be somebody else’s',
            addByHand: wanted,
          },
    ),
  };
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}
