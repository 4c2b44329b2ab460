import type { WorldOptions } from '../../sandbox/world/world.ts';
import { TestBed } from '../e2e/testBed.ts';
import { GitProgram } from './gitProgram.ts';
import { Striker } from './striker.ts';

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
    rateLimitPauseMs: 100,
    heartbeatMs: 20_000,
  },
});

/** A world with a worker, in which every attempt of an activity may be struck. */
export class Stage {
  readonly bed: TestBed;
  readonly git: GitProgram;
  readonly striker: Striker;

  private constructor(bed: TestBed, git: GitProgram) {
    this.bed = bed;
    this.git = git;
    this.striker = new Striker(bed.world, git);
  }

  static async start(): Promise<Stage> {
    const bed = await TestBed.start({ layout: 'consumers', notify: 'json', worker: 'none', adjust: PATIENT });
    const stage = new Stage(bed, await GitProgram.install(bed.world));
    await bed.startWorker({ activityInterceptors: [stage.striker.interceptor] });
    return stage;
  }

  get systems(): readonly string[] {
    const { clusters } = this.bed.world.installation;
    return [
      'authentik',
      'connect',
      'consumer',
      'webhook',
      ...Object.keys(clusters).map((name) => `kubernetes/${name}`),
    ];
  }

  async stop(): Promise<void> {
    await this.bed.world.clearFaults();
    await this.bed.stop();
  }
}
