import type { Land } from '../../core/run/steps.ts';
import type { StandInForge } from '../../sandbox/forge/forge.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import type { Cell } from './cells.ts';
import { OF_FLUX, WAYS, type InstallationName, type StoryName, type Way } from './target.ts';

interface Installed {
  /** In the words of people. */
  readonly told: string;
  readonly layout: LayoutName;
  readonly land: Land;
  readonly forge?: StandInForge;
  /** Whether the token may have Authentik apply a blueprint; otherwise its discovery does. */
  readonly mayApply?: boolean;
  /** Activities and systems that the stories come to here, and not where changes land last by a push: all of their cells are played. */
  readonly own: readonly string[];
  /** Which ways of a story have no end of their own here, and why. */
  readonly without?: Partial<Readonly<Record<StoryName, { readonly ways: readonly Way[]; readonly why: string }>>>;
}

const PROPOSED = {
  ways: ['back'],
  why: 'its undo is a pull request that people merge',
} as const;

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
  firstByPullRequest: {
    told: '`land: first`, Argo CD, `landBy: pullRequest`',
    layout: 'auto',
    land: 'first',
    forge: 'gitea',
    own: ['awaitMerge', 'revertChange'],
    without: { register: PROPOSED, change: PROPOSED, deregister: PROPOSED },
  },
  discovery: {
    told: '`land: first`, Flux, a token that may not apply',
    layout: 'flux',
    land: 'first',
    mayApply: false,
    own: ['renewPods'],
    without: { rotate: { ways: WAYS, why: 'it is refused' } },
  },
};

/** Ways that a story goes there. */
export function waysOf(installation: InstallationName, story: StoryName): readonly Way[] {
  const without: readonly Way[] = INSTALLED[installation].without?.[story]?.ways ?? [];
  return WAYS.filter((way) => !without.includes(way));
}

/** Whether a cell is of what an installation alone comes to. */
export function isOwn(installation: InstallationName, { activity, system = '' }: OfCell): boolean {
  return INSTALLED[installation].own.some((own) => activity === own || system.endsWith(own));
}
type OfCell = Pick<Cell['target'], 'activity'> & Partial<Pick<Cell['target'], 'system'>>;
