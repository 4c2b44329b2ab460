/** The stories that change something, each of which is struck at every activity. */
export const STORIES = ['register', 'change', 'rotate', 'deregister'] as const;
export type StoryName = (typeof STORIES)[number];

/** Where they are played: how changes land, and who deploys. */
export const INSTALLATIONS = [
  'last',
  'first',
  'flux',
  'external',
  'pullRequest',
  'firstByPullRequest',
  'discovery',
] as const;
export type InstallationName = (typeof INSTALLATIONS)[number];

/** Whether a run is struck while it works, or while it takes back what it did because it fails late. */
export const WAYS = ['forward', 'back'] as const;
export type Way = (typeof WAYS)[number];

/** `local`: a command of git on the worker's own disk. */
export type Access = 'read' | 'write' | 'local';

/** Which of an activity's calls is struck. */
export interface Target {
  readonly activity: string;
  /** Of several stand-ins, as faults name it; see {@link OF_FLUX}. Or `git`. */
  readonly system: string;
  readonly access: Access;
  /** So many calls of that kind pass first. */
  readonly skip: number;
}

/** How often each activity calls each system, as `authentik read`. */
export type Calls = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a Kustomization and its like are asked is a system of its own, beside all else of that cluster. */
export const OF_FLUX = '/flux';
const FLUX = '.toolkit.fluxcd.io/';

/** The stand-in that answers for a system, as faults name it. */
export function answering(system: string): string {
  return system.replace(OF_FLUX, '');
}

/** Whether the worker asked this system, of a request to its stand-in: a login of the consumer is not the worker's. */
export function isCall(system: string, { path, body }: { readonly path: string; readonly body: string }): boolean {
  if (body.includes('somebody-elses')) return false;
  return !system.startsWith('kubernetes/') || path.includes(FLUX) === system.endsWith(OF_FLUX);
}
