import { formerConsumers, type WrittenConsumer, writtenConsumers } from '../consumers/consumersOf.ts';
import type { Installation } from '../installation/installation.ts';
import { type Names, resolveNames } from '../names/names.ts';
import { sectionsOfClient } from '../edits/blueprint/clientParts.ts';
import { sectionSources } from '../edits/blueprint/sectionSources.ts';
import { recordPath } from '../names/recordPath.ts';
import type { Registration } from '../registration/registration.ts';
import { blueprintEdits, blueprintFile } from './blueprintEdits.ts';
import { deliveryEdits } from './deliveryEdits.ts';
import { entryOf } from './entry.ts';
import { extraFilePaths, extraFilesOf } from './extraFiles.ts';
import { type ChangeInput, type ConsumerStep, type EditStep, type FileEdit, newFile } from './fileEdit.ts';
import { mountEdits } from './mountEdits.ts';
import { recordEdit } from './recordEdit.ts';

/** Every file that a registration may touch, with the step that does. */
export function filesNeeded(
  registration: Registration,
  installation: Installation,
  names: Names = resolveNames(registration, installation),
): readonly { step: EditStep; path: string }[] {
  const { authentik } = installation;
  const generated =
    authentik.blueprints.generatedFrom === undefined
      ? []
      : sectionsOfClient(names).map(({ section }) => blueprintFile(installation, section, undefined));
  const ofConsumers = writtenConsumers(registration).map(({ consumer, written }) => ({
    step: written.step,
    paths: written.paths(consumer),
  }));
  return [
    { step: 'patchExternalSecret' as const, paths: [authentik.externalSecret.file, authentik.deployment.file] },
    { step: 'syncBlueprint' as const, paths: [authentik.blueprints.file, ...generated] },
    ...ofConsumers.filter(({ step }) => step === 'renderAnsibleFiles'),
    { step: 'renderAnsibleFiles' as const, paths: extraFilePaths(registration) },
    ...ofConsumers.filter(({ step }) => step === 'deliverToConsumers'),
  ].flatMap(({ step, paths }) => paths.map((path) => ({ step, path })));
}

/**
 * Every path whose text the edits ask for: those of {@link filesNeeded}, and those that tell how they are laid out. `kustomization`
 * is the text of the file that generates the blueprints: each of its sections may be another client's.
 */
export function pathsRead(
  registration: Registration,
  installation: Installation,
  {
    names,
    kustomization = '',
    ...former
  }: Pick<ChangeInput, 'former' | 'formerSecrets'> &
    Partial<Pick<ChangeInput, 'names'>> & { readonly kustomization?: string } = {},
): readonly string[] {
  const needed = filesNeeded(registration, installation, names).map(({ path }) => path);
  const { blueprints } = installation.authentik;
  const sections = sectionSources(blueprints, kustomization).flatMap((source) =>
    'path' in source ? [source.path] : [],
  );
  const consumers = [...writtenConsumers(registration), ...formerConsumers(former)];
  const theirs = consumers.flatMap(({ consumer, written }) => [
    ...written.paths(consumer),
    ...(written.pathsRead?.(consumer) ?? []),
  ]);
  return [...new Set([...needed, ...sections, ...theirs, recordPath(installation, registration.metadata.name)])];
}

/** The edits of these steps, in the order in which they are made. */
export function editsOf(input: ChangeInput): readonly FileEdit[] {
  const { names, registration, installation, record } = input;
  const consumers = writtenConsumers(registration);
  const ofConsumers = (step: ConsumerStep): readonly FileEdit[] =>
    consumers.filter(({ written }) => written.step === step).flatMap((each) => editsFor(each, input));
  const all: readonly FileEdit[] = [
    ...deliveryEdits(input),
    ...blueprintEdits(input),
    ...mountEdits(input),
    ...ofConsumers('renderAnsibleFiles'),
    ...extraFilesOf(registration, names).map(({ path, text, entry }) => ({
      ...newFile(path, text),
      // Once the registration stands, what people make of the file is theirs.
      update: (found: string) => ({ kind: 'alreadyThere' as const, text: found }),
      step: 'renderAnsibleFiles' as const,
      entry: entryOf(entry),
    })),
    ...ofConsumers('deliverToConsumers'),
    ...formerConsumers(input).flatMap((each) => editsFor(each, input)),
    ...(record === undefined ? [] : [recordEdit(recordPath(installation, registration.metadata.name), record)]),
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}

function editsFor({ consumer, written, entry }: WrittenConsumer, input: ChangeInput): readonly FileEdit[] {
  return written
    .edits(consumer, input)
    .map(({ place, ...edit }) => ({ ...edit, step: written.step, entry: entry(place) }));
}
