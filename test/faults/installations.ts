import type { Land } from '../../core/run/steps.ts';
import type { StandInForge } from '../../sandbox/forge/forge.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import type { Cell } from './cells.ts';
import { OF_FLUX, type InstallationName } from './target.ts';

interface Installed {
  /** In the words of people. */
  readonly told: string;
  readonly layout: LayoutName;
  readonly land: Land;
  readonly forge?: StandInForge;
  /** Activities and systems that the stories come to here, and not where changes land last by a push: all of their cells are played. */
  readonly own: readonly string[];
}

export const INSTALLED: Readonly<Record<InstallationName, Installed>> = {
  last: { told: '`land: last`, Argo CD', layout: 'consumers', land: 'last', own: [] },
  first: { told: '`land: first`, Argo CD', layout: 'auto', land: 'first', own: ['revertChange'] },
  flux: { told: '`land: first`, Flux', layout: 'flux', land: 'first', own: ['revertChange', OF_FLUX] },
  external: {
    told: '`land: first`, `deployBy: external`',
    layout: 'external',
    land: 'first',
    own: ['revertChange', 'awaitDeployed'],
  },
  pullRequest: {
    told: '`land: last`, Argo CD, `landBy: pullRequest`',
    layout: 'consumers',
    land: 'last',
    forge: 'gitea',
    own: ['awaitMerge', 'forge'],
  },
};

/** Whether a cell is of what an installation alone comes to. */
export function isOwn(installation: InstallationName, { activity, system = '' }: OfCell): boolean {
  return INSTALLED[installation].own.some((own) => activity === own || system.endsWith(own));
}
type OfCell = Pick<Cell['target'], 'activity'> & Partial<Pick<Cell['target'], 'system'>>;
