import type { Installation } from '../../installation/installation.ts';
import { readResource } from '../../kubernetes/manifests.ts';
import { generatorIn } from '../kubernetes/configMapGenerator.ts';
import { sectionIn } from '../kubernetes/mapSection.ts';

/** Where the text of a section stands: in the manifest itself, or in a file that a generator names. */
type SectionSource = { readonly key: string } & ({ readonly text: string } | { readonly path: string });

type Blueprints = Installation['authentik']['blueprints'];

/** The sections of the ConfigMap that `authentik.blueprints.file` holds, or that its generator makes; none where it has no such. */
function sectionSources({ file, configMap, generatedFrom }: Blueprints, manifest: string): readonly SectionSource[] {
  if (generatedFrom === undefined) {
    const data = (readResource(manifest, 'ConfigMap', configMap)?.['data'] ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(data).flatMap(([key, value]) =>
      typeof value === 'string' ? [{ key, text: sectionIn(manifest, { name: configMap, key }) ?? value }] : [],
    );
  }
  const generator = generatorIn(manifest, configMap);
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return [
    ...Object.entries(generator?.literals ?? {}).map(([key, text]) => ({ key, text })),
    ...(generator?.files ?? []).map(({ key, path }) => ({ key, path: `${folder}${path}` })),
  ];
}

/** Key and text of every section that the installation's blueprints have in these files. */
export function sectionsOf(
  { authentik }: Pick<Installation, 'authentik'>,
  read: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
  const manifest = read(authentik.blueprints.file);
  if (manifest === undefined) return new Map();
  return new Map(
    sectionSources(authentik.blueprints, manifest).flatMap((source) => {
      const text = 'text' in source ? source.text : read(source.path);
      return text === undefined ? [] : [[source.key, text]];
    }),
  );
}
