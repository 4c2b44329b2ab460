import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Test files that take minutes: one that is begun last would be waited for alone. The slowest first. */
const SLOW = [
  'killAtEachStep',
  'everyDeployer',
  'pullRequest',
  'transformed',
  'rotate',
  'authentikSecrets',
  'drift',
  'facts',
  'packages',
  'failAtEachStep',
  'deployByExternal',
  'wholeLife',
  'deregisterFails',
  'envFrom',
  'cancelAtEachStep',
  'programs',
  'terminateAtEachStep',
  'deregister',
  'sharedSection',
  'consumers',
  'change',
  'fluxTroubles',
  'zombie',
  'deliverByFile',
  'secrets',
  'commonShape',
  'cli',
  'schedule',
  'notify',
  'twoSections',
  'flux',
  'meddling',
  'temporalUi',
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
