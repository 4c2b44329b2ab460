import type { Job } from './job.ts';

/** Which way a change goes: a registration brings entries, a removal takes them out. Its undo goes the other way. */
export interface Direction {
  /** What a person types to start it. */
  readonly deed: 'register' | 'deregister';
  /** Our entries are there once the change is made. */
  readonly brings: boolean;
  /** The words for it: what it is, to do it, and what the client then is. */
  readonly noun: 'registration' | 'deregistration';
  readonly verb: 'Register' | 'Deregister';
  readonly done: 'registered' | 'deregistered';
  /** What undoes it to something, as the begin of a sentence. */
  readonly undo: (what: string) => string;
}

const ADDING: Direction = {
  deed: 'register',
  brings: true,
  noun: 'registration',
  verb: 'Register',
  done: 'registered',
  undo: (what) => `Take ${what} out`,
};

const REMOVING: Direction = {
  deed: 'deregister',
  brings: false,
  noun: 'deregistration',
  verb: 'Deregister',
  done: 'deregistered',
  undo: (what) => `Put ${what} back`,
};

/** The direction of a job. */
export function directionOf({ removal }: Pick<Job, 'removal'>): Direction {
  return removal === undefined ? ADDING : REMOVING;
}
