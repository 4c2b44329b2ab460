import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { findTools } from './test/cluster/tools.ts';
import { overlay } from './test/kinds/overlay.ts';
import { LongestFirst } from './test/longestFirst.ts';

/** The same promises again, for another deployer, another library, another place to strike, or as typed on the pages: minutes each. */
const LONG = [
  'documents',
  'vaultTwice',
  'driftElsewhere',
  'rotateKilled',
  'rotateElsewhere',
  'pullRequestForge',
  'changeAtEachStep',
  'deregisterByPullRequest',
  'consumersElsewhere',
  'zombieEverywhere',
  'zombieUndo',
  'everySettingArgocdLast',
  'everySettingArgocdFirst',
  'everySettingSourcesLast',
  'everySettingSourcesFirst',
  'everySettingFlux',
  'everySettingExternal',
].map((name) => `test/e2e/${name}.test.ts`);
/** Each bundles a copy of the workflows. */
const SPOILED = 'test/explorer/spoils.test.ts';

/** Temporal's servers collect garbage less often: a fifth of their processor time, for memory that nobody needs. */
const SERVERS = { env: { GOGC: '400' } };

/** A time limit is there to end what hangs: nothing that works comes near it, on a busy machine either. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 100_000 } } };

/**
 * `unit` needs no server, and its files share processes but no module of ours; `temporal` shares one real dev server and one workflow
 * bundle, made by the global set-up; `kinds` runs with one more kind of consumer, and one more vault, than the product has, each file in
 * a process of its own, for it adds to lists that others share; `cluster` runs one suite on stand-ins and on real clusters, where they
 * are built.
 */
export default defineConfig({
  test: {
    // A test file waits for more than half of its time, its processes together take 0.4 of a core: five at a time keep two cores busy.
    maxWorkers: Math.max(5, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{activities,client,core,docs,integrations,sandbox,structure,worker}/**/*.test.ts'],
          setupFiles: ['test/afresh.ts'],
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        resolve: {
          alias: [
            {
              find: /^execa$/,
              replacement: fileURLToPath(new URL('test/fixtures/spawning/execa.ts', import.meta.url)),
            },
          ],
        },
        test: {
          name: 'temporal',
          ...SERVERS,
          include: ['test/{workflows,faults,e2e,explorer}/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            ...(process.env['TEST_LONG'] === 'true' ? [] : [...LONG, SPOILED]),
            // `npm run test:faults` runs these.
            ...(process.env['FAULTS'] === undefined ? ['test/faults/**'] : []),
          ],
          setupFiles: [
            'test/quiet.ts',
            ...(process.env['FAULTS'] === undefined ? [] : ['test/faults/shorterWaits.ts']),
          ],
          globalSetup: ['test/temporal.setup.ts'],
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        plugins: [overlay()],
        test: {
          name: 'kinds',
          // What is remembered of a file does not know that another one has come to stand before it.
          fsModuleCache: false,
          ...SERVERS,
          include: ['test/kinds/**/*.test.ts'],
          setupFiles: ['test/quiet.ts'],
          globalSetup: ['test/temporal.setup.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'cluster',
          ...SERVERS,
          include: ['test/cluster/**/*.test.ts'],
          setupFiles: ['test/quiet.ts'],
          globalSetup: ['test/temporal.setup.ts'],
          // Two real clusters and their controllers keep two cores busy, and waits for a deployer have an end. Stand-ins do not.
          ...(typeof findTools() === 'string' ? { isolate: false } : { fileParallelism: false }),
          ...PATIENCE,
        },
      },
    ],
  },
});
