import { parse, stringify } from 'yaml';
import { sampleLayout, type Layout } from '../../../sandbox/world/layout.ts';
import { chartFiles } from './bed.ts';

const SOURCES = 'infrastructure/sources/authentik.yaml';
const SYNC = 'clusters/harbour/flux-system';

export interface Release {
  readonly spec: {
    readonly [field: string]: unknown;
    readonly values: Readonly<Record<string, unknown>>;
  };
}

/**
 * The sample `flux` where no registry can be asked: the chart comes from the same repository. What `flux bootstrap` has committed stands
 * outside of the folder that Flux deploys, for it would give the source back the address of a forge that is not there.
 */
export async function fluxLayout(change: (spec: Release['spec']) => Release['spec'] = (same) => same): Promise<Layout> {
  const layout = await sampleLayout('flux');
  const { file: releaseFile } = layout.installation.authentik.deployment;
  const { [`${SYNC}/gotk-sync.yaml`]: sync = '', ...files } = layout.files;
  return {
    ...layout,
    fluxFile: 'bootstrap/gotk-sync.yaml',
    files: {
      ...files,
      ...(await chartFiles()),
      'bootstrap/gotk-sync.yaml': sync,
      [`${SYNC}/kustomization.yaml`]:
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n',
      [SOURCES]: stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'sources', namespace: 'flux-system' },
        data: { charts: 'in this repository' },
      }),
      [releaseFile]: withChart(files[releaseFile] ?? '', change),
    },
  };
}

function withChart(text: string, change: (spec: Release['spec']) => Release['spec']): string {
  const release = parse(text) as Release;
  const { chartRef: _registry, ...spec } = release.spec;
  const sourceRef = { kind: 'GitRepository', name: 'flux-system', namespace: 'flux-system' };
  const chart = { spec: { chart: './charts/authentik', interval: '1h', sourceRef } };
  return stringify({ ...release, spec: change({ ...spec, chart }) });
}
