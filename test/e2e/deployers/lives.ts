import { refusalOf } from './refusals.ts';
import { type Cell, CELLS, type Ending, JOBS, type JobName, type Setting } from './settings.ts';
import { stepsOf, type Strike, STRIKES } from './steps.ts';

/** A run that is struck in a step. */
export interface Struck {
  readonly job: JobName;
  readonly ending: Strike;
  readonly step: string;
}

/** A client's life under one setting: every job ends well in it, and is struck before that. */
export interface Life {
  readonly setting: Setting;
  readonly struck: readonly Struck[];
}

/** Every setting that is served: no job is refused in it for whoever deploys. */
export const SERVED: readonly Setting[] = CELLS.filter(({ job, ending }) => job === 'plan' && ending === 'done').filter(
  (cell) => refusalOf(cell) === undefined,
);

/**
 * The settings of which `npm test` leads a client through its life: each value beside different ones of the others. What Argo CD does
 * with one source, and the secret as a variable, the tests of single jobs meet already.
 */
const SHORT: readonly Setting[] = [
  { deployer: 'external', land: 'first', landBy: 'pullRequest', delivery: 'file', mode: 'apply' },
  { deployer: 'flux', land: 'first', landBy: 'pullRequest', delivery: 'env', mode: 'discovery' },
  { deployer: 'argocdSources', land: 'last', landBy: 'push', delivery: 'envFrom', mode: 'apply' },
  { deployer: 'external', land: 'first', landBy: 'pullRequest', delivery: 'envFrom', mode: 'discovery' },
  { deployer: 'flux', land: 'first', landBy: 'push', delivery: 'file', mode: 'apply' },
  { deployer: 'argocdSources', land: 'first', landBy: 'pullRequest', delivery: 'file', mode: 'discovery' },
];

/** Those of `npm test`: every job is struck in one way, in each of three lives in another. */
export const SHORT_LIVES = livesOf(SHORT, (life, job) => STRIKES.filter((_, n) => n === (life + job) % STRIKES.length));

/**
 * Those of `npm run test:long`: every setting, in which every job fails and is cancelled, and ends well after its worker was killed. The
 * steps are met in turn.
 */
export function longLives(wanted: Pick<Setting, 'deployer'> & Partial<Setting>): readonly Life[] {
  const settings = SERVED.filter(
    ({ deployer, land }) => deployer === wanted.deployer && land === (wanted.land ?? land),
  );
  return livesOf(settings, () => STRIKES);
}

/** In each setting the steps that were struck least so far. */
function livesOf(
  settings: readonly Setting[],
  strikesOf: (life: number, job: number) => readonly Strike[],
): readonly Life[] {
  const times = new Map<string, number>();
  return settings.map((setting, life) => ({
    setting,
    struck: JOBS.flatMap((job, at) =>
      strikesOf(life, at).flatMap((ending): readonly Struck[] => {
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
export function cellsOf({ setting, struck }: Life): readonly Cell[] {
  return JOBS.flatMap((job): readonly Cell[] => {
    const endings: readonly Ending[] = struck.filter((each) => each.job === job).map(({ ending }) => ending);
    return [...endings, 'done' as const].map((ending) => ({ ...setting, job, ending }));
  }).filter((cell) => refusalOf(cell) === undefined);
}
