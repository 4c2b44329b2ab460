import { deregisterStepsInOrder } from '../../core/run/deregistration.ts';
import { STEPS } from '../../core/run/steps.ts';
import { PLACES } from '../e2e/rotationFaults.ts';
import { CANCELLED, KILLED, KILLED_OFTEN } from '../e2e/struckAt.ts';
import { goesBack, MET } from '../e2e/zombieStories.ts';

/** What happens to a worker or a run as a whole, where, and the files in `test/e2e/` that go through these very lists. */
const ROWS = [
  {
    fault: 'the worker is killed, another follows',
    register: KILLED.register,
    rotate: KILLED.rotate,
    deregister: KILLED.deregister,
    tests: ['killAtEachStep', 'rotateKilled', 'deregisterKilled'],
  },
  {
    fault: 'the run is cancelled',
    register: CANCELLED.register('last'),
    rotate: CANCELLED.rotate,
    deregister: CANCELLED.deregister('last'),
    tests: ['cancelAtEachStep', 'rotate', 'deregisterFails'],
  },
];

/** A table in Markdown: at how many of the places of each story. */
export function processTable(): string {
  const places = {
    register: STEPS.length,
    rotate: PLACES.length + 1,
    deregister: deregisterStepsInOrder('last').length,
  };
  const stories = ['register', 'rotate', 'deregister'] as const;
  const met = Object.values(MET).flatMap((of) => Object.values(of));
  const late = met.filter((story) => !goesBack(story)).length;
  return [
    '| fault | a registration | a rotation | a deregistration | files in `test/e2e/` |',
    '| --- | --- | --- | --- | --- |',
    ...ROWS.map(({ fault, tests, ...at }) => {
      const counts = stories.map((story) => `${at[story].length} of ${places[story]}`);
      return `| ${[fault, ...counts, tests.map((test) => `\`${test}\``).join(', ')].join(' | ')} |`;
    }),
    '',
    `\`npm test\` kills it at ${KILLED_OFTEN.length} steps of a deregistration; at the others, and in a rotation, \`npm run test:long\` does.`,
    '',
    `A worker that stands still, and goes on once the run is over, is tried at ${late} activities that work and ${met.length - late} that take`,
    'back: all that write (`zombieEverywhere`, `zombieUndo`).',
  ].join('\n');
}
