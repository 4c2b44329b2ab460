import { parse, stringify } from 'yaml';
import { sampleLayout, type Layout, type LayoutName } from '../../../sandbox/world/layout.ts';
import { severalSources } from '../../fixtures/severalSources.ts';
import { mounted } from '../mountedSecrets.ts';
import type { TestBedOptions } from '../testBed.ts';
import type { Setting } from './settings.ts';

/** The sample repository in which a deployer brings a change about this way. */
export function sampleOf({ deployer, land }: Pick<Setting, 'deployer' | 'land'>): LayoutName {
  if (deployer === 'argocdSources') return 'manual';
  if (deployer !== 'argocd') return 'external';
  return land === 'last' ? 'manual' : 'auto';
}

/** A world with these settings, and a worker in a process of its own, which may be killed. */
export async function worldOf(setting: Setting): Promise<TestBedOptions> {
  return {
    layout: await layoutOf(setting),
    mayApply: setting.mode === 'apply',
    worker: 'process',
    adjust: (installation) => ({
      ...installation,
      gitops: { ...installation.gitops, landBy: setting.landBy },
      timings: {
        ...installation.timings,
        // A worker that died is noticed by its silence.
        requestMs: 5_000,
        heartbeatMs: 2_000,
        applyAgainMs: 700,
        mountRefreshMs: 8_000,
      },
    }),
  };
}

const DELIVERED: Readonly<Record<Setting['delivery'], (name: LayoutName) => Promise<Layout>>> = {
  env: sampleLayout,
  envFrom: takenWhole,
  file: mounted,
};

export async function layoutOf(setting: Setting): Promise<Layout> {
  const { deployer, land, delivery } = setting;
  const automated = land === 'first';
  if (deployer === 'argocdSources' && delivery === 'env') return severalSources('ref', { automated });
  const layout = await DELIVERED[delivery](sampleOf(setting));
  if (deployer === 'argocdSources') return withSources(layout, automated);
  return deployer === 'flux' ? askingFlux(layout) : layout;
}

/** The job is told of the Kustomization that deploys the sample. */
function askingFlux({ installation, ...layout }: Layout): Layout {
  const authentik = { ...installation.authentik, deployBy: 'flux', kustomization: 'authentik' } as const;
  return { ...layout, installation: { ...installation, authentik } };
}

/** The manifests are one source of the Application, and the repository by a name for value files another. */
function withSources({ applicationFile = '', files, installation, ...layout }: Layout, automated: boolean): Layout {
  const { spec, ...application } = parse(files[applicationFile] ?? '') as { spec: { source: object } };
  const { source, ...rest } = spec;
  const { path: _path, ...repository } = source as { path: string };
  const sources = [{ ...repository, ref: 'values' }, source];
  const changed = { ...rest, sources, ...(automated ? { syncPolicy: { automated: {} } } : {}) };
  return {
    ...layout,
    applicationFile,
    files: { ...files, [applicationFile]: stringify({ ...application, spec: changed }) },
    installation: { ...installation, gitops: { ...installation.gitops, land: automated ? 'first' : 'last' } },
  };
}

/** A sample whose worker takes the Secret whole, in the style of its repository. */
async function takenWhole(name: LayoutName): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout(name);
  const { deployment, externalSecret } = installation.authentik;
  const text = files[deployment.file] ?? '';
  const [, blanks = ''] = /^( *)volumeMounts:$/m.exec(text) ?? [];
  const { spec } = parse(files[externalSecret.file] ?? '') as { spec: { target?: { name?: string } } };
  const secret = spec.target?.name ?? externalSecret.name;
  const envFrom = ['envFrom:', '  - secretRef:', `      name: ${secret}`].map((line) => `${blanks}${line}\n`);
  const naming = { envVar: '{NAME}_CLIENT_SECRET', secretKey: '{NAME}_CLIENT_SECRET' };
  return {
    ...sample,
    files: {
      ...files,
      [deployment.file]: text.replace(`${blanks}volumeMounts:`, `${envFrom.join('')}${blanks}volumeMounts:`),
    },
    installation: { ...installation, naming: { ...installation.naming, ...naming } },
  };
}
