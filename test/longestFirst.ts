import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Test files that take minutes: one that is begun last would be waited for alone. The slowest first. */
const SLOW = [
  'drift',
  'killAtEachStep',
  'authentikSecrets',
  'everyDeployer',
  'rotate',
  'packages',
  'failAtEachStep',
  'pullRequest',
  'terminateAtEachStep',
  'change',
  'facts',
  'deregisterFails',
  'deployByExternal',
  'transformed',
  'zombie',
  'programs',
  'temporalUi',
  'cancelAtEachStep',
  'envFrom',
  'consumers',
  'cli',
  'fluxTroubles',
  'deliverByFile',
  'flux',
  'authentikReleases',
  'deregisterKilled',
]
  .map((name) => `e2e/${name}.test.ts`)
  .concat(['registration', 'fluxRegistration', 'fluxConsumers'].map((name) => `cluster/${name}.test.ts`));

/** Those that take long, first. */
const PROJECTS = ['temporal', 'kinds', 'cluster', 'unit'];

/**
 * What needs a server before what does not, and the slow ones before the quick ones; a checkout that has run no test yet knows
 * no durations. Files of one project stand together, for the next one of them takes over the process with all it has loaded.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  const at = SLOW.findIndex((name) => moduleId.endsWith(name));
  return PROJECTS.indexOf(project.name) * (SLOW.length + 1) + (at === -1 ? SLOW.length : at);
}
