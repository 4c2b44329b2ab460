import { enumerated } from '../../base/words.ts';
import type { Installation } from '../../installation/installation.ts';
import { readResource } from '../../kubernetes/manifests.ts';
import { arrival, substitutionOf, untoldSentence } from '../../kubernetes/substitution.ts';
import { generatorIn, generatorNames } from '../kubernetes/configMapGenerator.ts';
import { sectionsIn } from '../kubernetes/mapSection.ts';
import { documentOf, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';

/** Where the text of a section stands: in the manifest itself, or in a file that a generator names. */
type SectionSource = { readonly key: string } & ({ readonly text: string } | { readonly path: string });

type Blueprints = Installation['authentik']['blueprints'];

/** The sections of the ConfigMap that `authentik.blueprints.file` holds, or that its generator makes; none where it has no such. */
export function sectionSources(
  { file, configMap, generatedFrom }: Blueprints,
  manifest: string,
): readonly SectionSource[] {
  if (generatedFrom === undefined) {
    const data = (objectIn(manifest, configMap)?.['data'] ?? {}) as Readonly<Record<string, unknown>>;
    const written = sectionsIn(manifest, configMap);
    return Object.entries(data).flatMap(([key, value]) =>
      typeof value === 'string' ? [{ key, text: written.get(key) ?? value }] : [],
    );
  }
  const generator = generatorIn(manifest, configMap);
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return [
    ...Object.entries(generator?.literals ?? {}).map(([key, text]) => ({ key, text })),
    ...(generator?.files ?? []).map(({ key, path }) => ({ key, path: `${folder}${path}` })),
  ];
}

/** The ConfigMap as data, as the edits have parsed it; by itself, where another object of the file keeps them from that. */
function objectIn(manifest: string, name: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = undefinedIfUneditable(() => plainData(documentOf(parse(manifest), 'ConfigMap', name)));
  return (parsed as Readonly<Record<string, unknown>> | undefined) ?? readResource(manifest, 'ConfigMap', name);
}

/** What of `authentik.blueprints` to correct, where its file holds the ConfigMap otherwise than it says; undefined where no text tells. */
export function blueprintsRemedy(
  { file, configMap, generatedFrom }: Blueprints,
  manifest: string | undefined,
): string | undefined {
  if (manifest === undefined) return undefined;
  const generator = generatorIn(manifest, configMap);
  if (generatedFrom === undefined) {
    if (generator === undefined) return undefined;
    const first = `${file.slice(0, file.lastIndexOf('/') + 1)}${generator.files[0]?.path ?? ''}`;
    const folder = first.slice(0, Math.max(0, first.lastIndexOf('/'))) || '.';
    return `Set authentik.blueprints.generatedFrom in registrar.yaml to the folder of its files (${folder}): a configMapGenerator of ${file} makes ConfigMap ${configMap}.`;
  }
  const names = generatorNames(manifest);
  if (generator !== undefined || names.length === 0) return undefined;
  return `Correct authentik.blueprints.configMap in registrar.yaml: ${file} generates ${enumerated(names)}.`;
}

type Read = (path: string) => string | undefined;

/** Key and text of every section that the installation's blueprints have in these files, as it arrives in the cluster. */
export function sectionsOf(
  installation: Pick<Installation, 'authentik' | 'gitops'>,
  read: Read,
): ReadonlyMap<string, string> {
  const { written, substitution } = sectionsAsWritten(installation, read);
  return new Map(written.map(([key, text]) => [key, arrival(text, substitution).text]));
}

/** Sections of which nobody can tell how they arrive, by their keys, with the reason as a sentence without its end. */
export function untoldSections(
  installation: Pick<Installation, 'authentik' | 'gitops'>,
  read: Read,
): ReadonlyMap<string, string> {
  const { written, substitution } = sectionsAsWritten(installation, read);
  return new Map(
    written.flatMap(([key, text]) => {
      const reason = untoldSentence(text, substitution);
      return reason === undefined ? [] : [[key, reason]];
    }),
  );
}

function sectionsAsWritten(installation: Pick<Installation, 'authentik' | 'gitops'>, read: Read) {
  const { blueprints } = installation.authentik;
  const manifest = read(blueprints.file);
  const written = (manifest === undefined ? [] : sectionSources(blueprints, manifest)).flatMap(
    (source): [string, string][] => {
      const text = 'text' in source ? source.text : read(source.path);
      return text === undefined ? [] : [[source.key, text]];
    },
  );
  return { written, substitution: substitutionOf(installation, manifest) };
}
