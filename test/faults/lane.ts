import { appendFile } from 'node:fs/promises';
import { afterAll, expect, it } from 'vitest';
import { drawn, matrixOf } from './cells.ts';
import { STRUCK } from './elsewhere.ts';
import { endAfter, givingUpOf } from './givingUp.ts';
import type { Ending, Part, Played, Row } from './report.ts';
import { callsOf, playStory } from './rounds.ts';
import { Stage } from './stage.ts';
import { storyOf, type Story } from './stories.ts';
import { WAYS, type Calls, type StoryName, type Way } from './target.ts';

/** What `npm run test:faults` was asked. */
interface Choice {
  readonly part?: Part;
  readonly way?: Way;
  readonly step?: string;
  readonly fault?: string;
  readonly sample?: number;
  readonly seed?: number;
}

/** Each cell has limits of its own; that of a file is for what hangs. */
const HOURS_MS = 6 * 3_600_000;

/** A run costs as much as so many attempts. */
const ATTEMPTS_A_RUN = 30;

/** A story forward, and then back with the activities that it meets only there. */
export function describeStory(name: StoryName): void {
  const {
    part,
    way: chosenWay,
    step,
    fault = '',
    sample,
    seed = 1,
  } = JSON.parse(process.env['FAULTS'] ?? '{}') as Choice;
  const calls = new Map<Way, Calls>();
  let stage: Stage | undefined;
  let story: Story = storyOf(name);
  const staged = async (): Promise<Stage> => (stage ??= await Stage.start());
  const leave = async (): Promise<void> => {
    const left = stage;
    stage = undefined;
    story = storyOf(name);
    await left?.stop();
  };
  afterAll(leave);

  it(`${name}: what each activity calls is recorded`, async () => {
    const forward = await callsOf(await staged(), story, 'forward');
    const back = await callsOf(await staged(), story, 'back');
    const unknown = [...forward.keys(), ...back.keys()].filter((activity) => !STRUCK.includes(activity));
    expect(unknown, 'test/faults/elsewhere.ts').toEqual([]);
    calls.set('forward', forward);
    calls.set('back', new Map([...back].filter(([activity]) => !forward.has(activity))));
  });

  const ways = WAYS.filter((way) => chosenWay === undefined || way === chosenWay);
  const meant = (activity: string): boolean => step === undefined || activity === step;

  if (part !== 'endings')
    it.each(ways)(
      `${name}, %s: each activity is struck by each fault`,
      async (way) => {
        const of = calls.get(way) ?? new Map();
        const { cells, notApplicable } = matrixOf(name, way, of, seed);
        const chosen = cells.filter((cell) => meant(cell.target.activity) && cell.fault.name.includes(fault));
        const theatre = { stage: staged, story: () => story, leave: () => leave().catch(() => undefined) };
        const played = await playStory(theatre, way, drawn(chosen, seed, sample));
        await note({ story: name, way, cells: cells.length, activities: [...of.keys()], notApplicable, ...played });
        throwBad(played.rows);
      },
      HOURS_MS,
    );

  if (part !== 'strikes')
    it.each(ways)(
      `${name}, %s: each activity gives up`,
      async (way) => {
        const cells = givingUpOf(name, way, calls.get(way) ?? new Map()).filter(({ activity }) => meant(activity));
        const endings: Ending[] = [];
        for (const cell of drawn(cells, seed, sample === undefined ? sample : Math.ceil(sample / ATTEMPTS_A_RUN))) {
          try {
            endings.push({ id: cell.id, end: await endAfter(await staged(), story, way, cell) });
          } catch (error) {
            endings.push({ id: cell.id, end: 'broken', why: String(error) });
            // What it left would fail others.
            await leave().catch(() => undefined);
          }
        }
        await note({ story: name, way, cells: cells.length, endings });
        throwBad(endings);
      },
      HOURS_MS,
    );
}

/** Vitest compares what is long for minutes. */
function throwBad(cells: readonly (Row | Ending)[]): void {
  const bad = cells.filter(({ end }) => end === 'broken' || end === 'uncovered');
  if (bad.length > 0) throw new Error(bad.map(({ id, end, why = '' }) => `${end}: ${id} ${why}\n`).join(''));
}

/** For the table at the end. */
async function note(played: Played): Promise<void> {
  const file = process.env['FAULTS_REPORT'];
  if (file !== undefined) await appendFile(file, `${JSON.stringify(played)}\n`);
}
