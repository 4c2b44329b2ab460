import { partsOf, scopeFor } from '../edits/blueprint/scopedSection.ts';
import { sameSection } from '../edits/blueprint/sameSection.ts';
import {
  joinClientFile,
  removeClientFile,
  restoreClientFile,
  updateClientFile,
} from '../edits/blueprint/clientFile.ts';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
  type ClientSection,
} from '../edits/blueprint/clientSection.ts';
import { addGeneratedKey, generatorIn, removeGeneratedKey } from '../edits/kubernetes/configMapGenerator.ts';
import { sectionIn } from '../edits/kubernetes/mapSection.ts';
import { type ClientPart, clientParts } from '../edits/blueprint/clientParts.ts';
import { takenElsewhere } from '../edits/blueprint/namesIn.ts';
import { blueprintsRemedy, sectionsOf, sectionSources } from '../edits/blueprint/sectionSources.ts';
import type { Installation } from '../installation/installation.ts';
import { arrival, substitutionOf } from '../kubernetes/substitution.ts';
import type { EditOutcome } from '../edits/yaml/edit.ts';
import { fillPattern, type SectionNames } from '../names/names.ts';
import type { OwnPlace } from './entry.ts';
import { substituted } from './substituted.ts';
import { inFile, newFile, type ChangeInput, type Edits, type FileEdit } from './fileEdit.ts';

/**
 * Path of the file that holds a client's blueprint, where a generator makes the ConfigMap: the one that the kustomization names
 * for its key, else one of the key's name in `generatedFrom`.
 */
export function blueprintFile(
  { authentik }: Installation,
  { blueprintKey }: Pick<SectionNames, 'blueprintKey'>,
  kustomization: string | undefined,
): string {
  const { blueprints } = authentik;
  const sources = kustomization === undefined ? [] : sectionSources(blueprints, kustomization);
  const listed = sources.find(({ key }) => key === blueprintKey);
  if (listed !== undefined && 'path' in listed) return listed.path;
  return `${(blueprints.generatedFrom ?? '').replace(/\/$/, '')}/${blueprintKey}`;
}

/** The blueprint as a key of the ConfigMap, or as a file of its own that a generator names; where it stands in several, each of them. */
export function blueprintEdits(input: ChangeInput): readonly FileEdit[] {
  const { installation, names, registration } = input;
  const whole = input.blueprintText;
  return clientParts(whole, names).flatMap(({ section, index, text }) => {
    const isMain = index === undefined;
    const wanted = { ...clientSection(installation, { registration, section, isMain }), value: text, whole };
    return sectionEdits(input, section, wanted).map(({ place, ...edit }) => ({
      ...edit,
      step: 'syncBlueprint' as const,
      entry: { place, ...(isMain ? {} : { index }) },
    }));
  });
}

/** A section of a client, but for what is asked of it. */
export function clientSection(
  { authentik }: Pick<Installation, 'authentik'>,
  {
    registration,
    section,
    isMain,
  }: Pick<ChangeInput, 'registration'> & Pick<ClientPart, 'section'> & { readonly isMain: boolean },
): Omit<ClientSection, 'value' | 'whole'> {
  const { configMap } = authentik.blueprints;
  const { metadata, spec } = registration;
  return {
    name: configMap,
    key: section.blueprintKey,
    described: isMain && spec.description !== undefined,
    ...(spec.provider?.scopeMappings === undefined ? {} : { mappings: true }),
    client: metadata.name,
    // Where entries of the client stood beside those of others, they may stand again.
    joins: !isMain || section.joined === true,
  };
}

type SectionEdit = Omit<FileEdit, 'step' | 'entry'> & { readonly place: OwnPlace };

/** What a client asks of one section. */
function sectionEdits(input: ChangeInput, section: SectionNames, key: ClientSection): readonly SectionEdit[] {
  const { installation } = input;
  const { authentik } = installation;
  const { file, configMap, generatedFrom, mountedAs } = authentik.blueprints;
  const unlessTaken = refusingOthers(input);
  const manifest = input.read(file);
  const substitution = substitutionOf(installation, manifest);
  const remedy = blueprintsRemedy(authentik.blueprints, manifest);
  if (generatedFrom === undefined) {
    const edits = {
      ...inFile(file, addClientSection, removeClientSection, key),
      update: (text: string) => updateClientSection(text, key),
      restore: (text: string, origin: string) => restoreClientSection(text, origin, key),
    };
    return [
      {
        ...unlessTaken(substituted(edits, substitution, (text) => sectionIn(text, key))),
        makeFirst:
          remedy ??
          `Correct authentik.blueprints in registrar.yaml, or make the ConfigMap first, have it deployed, and mount it at /blueprints/${mountedAs} of the worker:
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${key.name}
  namespace: ${authentik.namespace}`,
        place: 'configMap',
      },
    ];
  }
  const own = blueprintFile(installation, section, manifest);
  const files = manifest === undefined ? [] : (generatorIn(manifest, configMap)?.files ?? []);
  const listed = files.some((each) => each.key === key.key);
  /** A file that makes others, too, stays when the client's entries go, and so does one of which that cannot be told. */
  const stays = (): boolean => {
    const text = input.read(own);
    return text !== undefined && removeClientFile(arrival(text, substitution).text, key) !== 'delete';
  };
  const generated = { name: configMap, key: key.key, path: own.slice(file.lastIndexOf('/') + 1) };
  return [
    { ...unlessTaken(substituted(ownFile(own, key, listed), substitution, (text) => text)), place: 'configMap' },
    {
      ...inFile(
        file,
        addGeneratedKey,
        (text, entry) => (stays() ? { kind: 'alreadyThere', text } : removeGeneratedKey(text, entry)),
        generated,
      ),
      makeFirst:
        remedy ??
        `Correct authentik.blueprints in registrar.yaml, or make a kustomization with a configMapGenerator named ${configMap} there first, ` +
          `with options.disableNameSuffixHash: true, and mount its ConfigMap at /blueprints/${mountedAs} of the worker.`,
      place: 'generator',
    },
  ];
}

/** Where another section makes one of the client's names, a text of its own is refused, whatever else stands in the way. */
function refusingOthers({ installation, names, registration, read }: ChangeInput): (edits: Edits) => Edits {
  const { metadata, spec } = registration;
  const foreign = names.blueprintKey !== fillPattern(installation.naming.blueprintKey, metadata.name, spec.displayName);
  /** What others keep in the section is no part of what is told. */
  const withOwnPart = (outcome: EditOutcome): EditOutcome =>
    outcome.kind === 'different'
      ? { ...outcome, found: partsOf(outcome.found, scopeFor(names, registration)).own || outcome.found }
      : outcome;
  return (edits) => ({
    ...edits,
    add: (text) => {
      const outcome = withOwnPart(edits.add(text));
      if (outcome.kind === 'alreadyThere') return outcome;
      const readNow = (path: string) => (path === edits.path ? text : read(path));
      const taken = takenElsewhere(names, sectionsOf(installation, readNow), foreign);
      return taken === undefined ? outcome : { kind: 'refused', code: 'taken', addByHand: '', ...taken };
    },
  });
}

/** A blueprint that says the same, however it was written, is there already; one that nothing names is somebody's leftover. */
function ownFile(
  path: string,
  wanted: ClientSection,
  listed: boolean,
): Edits & Required<Pick<FileEdit, 'update' | 'restore'>> {
  const edits = newFile(path, wanted.value);
  const same = (text: string): boolean => sameSection(text, wanted.value, wanted);
  return {
    ...edits,
    add: (found) => {
      if (found !== undefined && !listed)
        return {
          kind: 'refused',
          reason: 'it is there, but the generator does not name it, so nobody can say whose it is',
          addByHand: `      - ${wanted.key}=… (in the kustomization), or delete the file`,
        };
      if (found !== undefined && same(found)) return { kind: 'alreadyThere', text: found };
      return (found === undefined ? undefined : joinClientFile(found, wanted)) ?? edits.add(found);
    },
    update: (text) => updateClientFile(text, wanted),
    restore: (text, origin) => restoreClientFile(text, origin, wanted),
    remove: (found) => removeClientFile(found, wanted),
  };
}
