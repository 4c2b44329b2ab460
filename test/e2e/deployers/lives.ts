import { refusalOf } from './refusals.ts';
import { type Cell, CELLS, type Ending, JOBS, type JobName, type Setting } from './settings.ts';
import { stepsOf, type Strike, STRIKES } from './steps.ts';

/** A run that is struck in a step. */
export interface Struck {
  readonly job: JobName;
  readonly ending: Strike;
  readonly step: string;
}

/** A client's life under one setting: jobs that end well in it, some struck before that. */
export interface Life {
  readonly setting: Setting;
  /** Those that the client is led through, in their order. */
  readonly jobs: readonly JobName[];
  readonly struck: readonly Struck[];
}

/** Every setting that is served: no job is refused in it for whoever deploys. */
export const SERVED: readonly Setting[] = CELLS.filter(({ job, ending }) => job === 'plan' && ending === 'done').filter(
  (cell) => refusalOf(cell) === undefined,
);

/** What `npm test` leads a client through under one setting. */
interface ShortLife {
  readonly setting: Setting;
  /** All where it is not there. */
  readonly jobs?: readonly JobName[];
  readonly strikes: Readonly<Partial<Record<JobName, Strike>>>;
}

const THERE_AND_BACK: readonly JobName[] = ['registerClient', 'deregisterClient'];

/**
 * Each value beside each of the others, with as few runs as do: a worker that is killed costs many seconds. What Argo CD does with one
 * source, and the secret as a variable, the tests of single jobs meet already.
 */
const SHORT: readonly ShortLife[] = [
  {
    setting: { deployer: 'external', land: 'first', landBy: 'pullRequest', delivery: 'file', mode: 'apply' },
    strikes: { plan: 'killed', checkClient: 'cancelled', repair: 'fails', rotateSecret: 'killed' },
  },
  {
    setting: { deployer: 'flux', land: 'first', landBy: 'pullRequest', delivery: 'env', mode: 'discovery' },
    strikes: { plan: 'cancelled', checkClient: 'killed', change: 'killed', repair: 'cancelled' },
  },
  {
    setting: { deployer: 'argocdSources', land: 'last', landBy: 'push', delivery: 'envFrom', mode: 'apply' },
    strikes: { plan: 'fails', change: 'cancelled', repair: 'killed' },
  },
  {
    setting: { deployer: 'external', land: 'first', landBy: 'pullRequest', delivery: 'envFrom', mode: 'discovery' },
    jobs: THERE_AND_BACK,
    strikes: { deregisterClient: 'cancelled' },
  },
  {
    setting: { deployer: 'flux', land: 'first', landBy: 'push', delivery: 'file', mode: 'apply' },
    jobs: THERE_AND_BACK,
    strikes: { deregisterClient: 'fails' },
  },
  {
    setting: { deployer: 'argocdSources', land: 'first', landBy: 'pullRequest', delivery: 'file', mode: 'discovery' },
    jobs: THERE_AND_BACK,
    strikes: { registerClient: 'fails' },
  },
];

/** Those of `npm test`. */
export const SHORT_LIVES = livesOf(
  SHORT.map(({ setting, jobs = JOBS, strikes }) => ({
    setting,
    jobs,
    strikes: (job: JobName) => [strikes[job] ?? []].flat(),
  })),
);

/** Which settings each file of `npm run test:long` leads a client through. */
const LONG = {
  ArgocdFirst: { deployer: 'argocd', land: 'first' },
  ArgocdLast: { deployer: 'argocd', land: 'last' },
  SourcesFirst: { deployer: 'argocdSources', land: 'first' },
  SourcesLast: { deployer: 'argocdSources', land: 'last' },
  Flux: { deployer: 'flux', land: 'first' },
  External: { deployer: 'external', land: 'first' },
} as const satisfies Readonly<Record<string, Pick<Setting, 'deployer' | 'land'>>>;

/**
 * Those of one file: every setting, in which every job fails and is cancelled, and ends well after its worker was killed. The steps are
 * met in turn.
 */
export function longLives(file: keyof typeof LONG): readonly Life[] {
  const { deployer, land } = LONG[file];
  const settings = SERVED.filter((each) => each.deployer === deployer && each.land === land);
  return livesOf(settings.map((setting) => ({ setting, jobs: JOBS, strikes: () => STRIKES })));
}

/** Those of all files. */
export const LONG_LIVES: readonly Life[] = (Object.keys(LONG) as (keyof typeof LONG)[]).flatMap((file) =>
  longLives(file),
);

/** In each setting the steps that were struck least so far. */
function livesOf(
  wanted: readonly (Pick<Life, 'setting' | 'jobs'> & { readonly strikes: (job: JobName) => readonly Strike[] })[],
): readonly Life[] {
  const times = new Map<string, number>();
  return wanted.map(({ setting, jobs, strikes }) => ({
    setting,
    jobs,
    struck: jobs.flatMap((job) =>
      strikes(job).flatMap((ending): readonly Struck[] => {
        const of = (step: string): number => times.get(`${job} ${ending} ${step}`) ?? 0;
        const [step] = stepsOf(job, ending, setting).toSorted((one, other) => of(one) - of(other));
        if (step === undefined) return [];
        times.set(`${job} ${ending} ${step}`, of(step) + 1);
        return [{ job, ending, step }];
      }),
    ),
  }));
}

/** The cells that a life meets. */
export function cellsOf({ setting, jobs, struck }: Life): readonly Cell[] {
  return jobs
    .flatMap((job): readonly Cell[] => {
      const endings: readonly Ending[] = struck.filter((each) => each.job === job).map(({ ending }) => ending);
      return [...endings, 'done' as const].map((ending) => ({ ...setting, job, ending }));
    })
    .filter((cell) => refusalOf(cell) === undefined);
}
