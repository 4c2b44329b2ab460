/** The stories that change something, each of which is struck at every activity. */
export const STORIES = ['register', 'change', 'rotate', 'deregister'] as const;
export type StoryName = (typeof STORIES)[number];

/** Whether a run is struck while it works, or while it takes back what it did because it fails late. */
export const WAYS = ['forward', 'back'] as const;
export type Way = (typeof WAYS)[number];

/** `local`: a command of git on the worker's own disk. */
export type Access = 'read' | 'write' | 'local';

/** Which of an activity's calls is struck. */
export interface Target {
  readonly story: StoryName;
  readonly way: Way;
  readonly activity: string;
  /** As faults name it, or `git`. */
  readonly system: string;
  readonly access: Access;
  /** So many calls of that kind pass first. */
  readonly skip: number;
}

/** How often each activity calls each system, as `authentik read`. */
export type Calls = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Of what the stand-ins are asked: a login of the consumer is not the worker's. */
export function isOfWorker({ body }: { readonly body: string }): boolean {
  return !body.includes('somebody-elses');
}
