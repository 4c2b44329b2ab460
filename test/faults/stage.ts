import type { WorldOptions } from '../../sandbox/world/world.ts';
import { TestBed } from '../e2e/testBed.ts';
import { GitProgram } from './gitProgram.ts';
import { INSTALLED } from './installations.ts';
import { People } from './people.ts';
import { Striker } from './striker.ts';
import { type InstallationName, OF_FLUX } from './target.ts';

const LONG_MS = 3_600_000;

/** All attempts together have hours, for each of them is struck. */
const PATIENT: NonNullable<WorldOptions['adjust']> = (installation) => ({
  ...installation,
  timings: {
    ...installation.timings,
    requestMs: 30_000,
    waitMs: 40_000,
    requestRetryMs: LONG_MS,
    rateLimitMs: LONG_MS,
    waitRetryMs: LONG_MS,
    undoRetryMs: LONG_MS,
    turnMs: LONG_MS,
    mergeMs: LONG_MS,
    deployMs: LONG_MS,
    rateLimitPauseMs: 100,
    heartbeatMs: 20_000,
    // What Flux substitutes is read for each attempt, so that an activity calls the same each time.
    ...(installation.authentik.deployBy === 'flux' ? { forceSyncMs: 1 } : {}),
  },
});

/** A world with a worker, in which every attempt of an activity may be struck. */
export class Stage {
  readonly bed: TestBed;
  readonly git: GitProgram;
  readonly people: People;
  readonly striker: Striker;

  private constructor(bed: TestBed, git: GitProgram) {
    this.bed = bed;
    this.git = git;
    this.people = new People(bed.world);
    this.striker = new Striker(bed.world, git, this.people);
  }

  /** `database`: what Temporal knows outlives its server. */
  static async start(installation: InstallationName, { database = false } = {}): Promise<Stage> {
    const { layout, forge, mayApply = true } = INSTALLED[installation];
    const bed = await TestBed.start({
      layout,
      ...(forge === undefined ? {} : { forge }),
      mayApply,
      notify: 'json',
      worker: 'none',
      adjust: PATIENT,
      database,
    });
    const stage = new Stage(bed, await GitProgram.install(bed.world));
    await bed.startWorker({ activityInterceptors: [stage.striker.interceptor] });
    return stage;
  }

  get systems(): readonly string[] {
    const clusters = Object.keys(this.bed.world.installation.clusters).map((name) => `kubernetes/${name}`);
    return [
      'authentik',
      'connect',
      'consumer',
      'webhook',
      'forge',
      ...clusters,
      ...clusters.map((name) => `${name}${OF_FLUX}`),
    ];
  }

  /** Nothing makes a run fail any more. */
  async heal(): Promise<void> {
    this.people.closeIt = false;
    await this.bed.world.clearFaults();
  }

  async stop(): Promise<void> {
    await this.heal();
    await this.bed.stop();
  }
}
