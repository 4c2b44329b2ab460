import { appendFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { drawn, matrixOf } from './cells.ts';
import { STRUCK } from './elsewhere.ts';
import { serverKilledAtEach, terminatedAtEach } from './deaths.ts';
import { endAfter, givingUpOf } from './givingUp.ts';
import { isOwn, waysOf } from './installations.ts';
import { type Death, DEATHS, type Ending, type Part, type Played, playOf, type Row } from './report.ts';
import { callsOf, playStory } from './rounds.ts';
import { Stage } from './stage.ts';
import { storyOf, type Story } from './stories.ts';
import { type InstallationName, STORIES, type Calls, type StoryName, type Way } from './target.ts';

/** What `npm run test:faults` was asked. */
interface Choice {
  readonly story?: string;
  readonly part?: Part;
  readonly way?: Way;
  readonly step?: string;
  readonly fault?: string;
  readonly sample?: number;
  readonly seed?: number;
}

const choice = (): Choice => JSON.parse(process.env['FAULTS'] ?? '{}') as Choice;

/** Each cell has limits of its own; that of a file is for what hangs. */
const HOURS_MS = 6 * 3_600_000;

/** A run costs as much as so many attempts. */
const ATTEMPTS_A_RUN = 30;

/** All stories, where changes do not land last by a push. */
export function describeInstallation(installation: InstallationName): void {
  const chosen = choice().story?.split(',') ?? STORIES;
  for (const name of STORIES.filter((each) => chosen.includes(each) && waysOf(installation, each).length > 0))
    describe(installation, () => describeStory(name, installation));
}

/** A story forward, and then back with the activities that it meets only there. */
export function describeStory(name: StoryName, installation: InstallationName = 'last'): void {
  const { part, way: chosenWay, step, fault = '', sample, seed = 1 } = choice();
  const there = waysOf(installation, name);
  const calls = new Map<Way, Calls>();
  let stage: Stage | undefined;
  let story: Story = storyOf(name, installation);
  const staged = async (): Promise<Stage> => (stage ??= await Stage.start(installation));
  const leave = async (): Promise<void> => {
    const left = stage;
    stage = undefined;
    story = storyOf(name, installation);
    await left?.stop();
  };
  const theatre = { stage: staged, story: () => story, leave: () => leave().catch(() => undefined) };
  afterAll(leave);

  it(`${name}: what each activity calls is recorded`, async () => {
    const forward = await callsOf(await staged(), story, 'forward');
    const back = there.includes('back') ? await callsOf(await staged(), story, 'back') : new Map<string, never>();
    const unknown = [...forward.keys(), ...back.keys()].filter((activity) => !STRUCK.includes(activity));
    expect(unknown, 'test/faults/elsewhere.ts').toEqual([]);
    calls.set('forward', forward);
    calls.set('back', new Map([...back].filter(([activity]) => !forward.has(activity))));
  });

  const ways = there.filter((way) => chosenWay === undefined || way === chosenWay);
  /** What was asked for: all that is this installation's own, and so many of the others. */
  const chosen = <T extends Chosen>(all: readonly T[], count = all.length): readonly T[] => {
    const meant = all.filter(({ activity }) => step?.split(',').includes(activity) ?? true);
    const others = new Set<T>(
      drawn(
        meant.filter((each) => !isOwn(installation, each)),
        seed,
        count,
      ),
    );
    return meant.filter((each) => isOwn(installation, each) || others.has(each));
  };
  const runs = sample === undefined ? sample : Math.ceil(sample / ATTEMPTS_A_RUN);
  const play = (which: Part, title: string, body: (way: Way, of: Calls, key: string) => Promise<Partial<Played>>) => {
    if (part !== undefined && part !== which) return;
    it.each(ways)(
      `${name}, %s: ${title}`,
      async (way) => {
        const key = playOf({ story: name, installation, way });
        const played = await body(way, calls.get(way) ?? new Map(), key);
        await note({ story: name, installation, way, cells: 0, ...played });
        throwBad([...(played.rows ?? []), ...(played.endings ?? []), ...(played.deaths ?? [])]);
      },
      HOURS_MS,
    );
  };

  play('strikes', 'each activity is struck by each fault', async (way, of, key) => {
    const { cells, notApplicable } = matrixOf(key, of, seed);
    const struck = chosen(
      cells.filter((cell) => cell.fault.name.includes(fault)).map((cell) => ({ ...cell.target, ...cell })),
      sample,
    );
    const played = await playStory(theatre, way, struck);
    return { cells: cells.length, activities: [...of.keys()], notApplicable, ...played };
  });

  play('deaths', 'what happens to run and server while an activity is at work is outlived', async (way, of, key) => {
    const all = [...of.keys()].map((activity) => ({ id: activity, activity }));
    const activities = chosen(all, runs).map(({ activity }) => activity);
    const [terminated, killed] = DEATHS.map((death) => (death.includes(fault) ? activities : []));
    const deaths = await terminatedAtEach(theatre, way, terminated ?? [], key);
    if (killed !== undefined && killed.length > 0) {
      await leave();
      const started = await Stage.start(installation, { database: true });
      deaths.push(...(await serverKilledAtEach(started, storyOf(name, installation), way, killed, key)));
      await started.stop();
    }
    return { cells: all.length * DEATHS.length, deaths };
  });

  play('endings', 'each activity gives up', async (way, of, key) => {
    const cells = givingUpOf(key, of);
    const endings: Ending[] = [];
    let fewer = 0;
    for (const cell of chosen(
      cells.map((each) => ({ ...each, system: each.after?.target.system ?? '' })),
      runs,
    )) {
      try {
        const end = await endAfter(await staged(), story, way, cell);
        // How often a request is repeated depends on how long its answer takes: the recorded run may have written more.
        if (end === 'uncovered' && (cell.after?.target.skip ?? 0) > 0) fewer += 1;
        else endings.push({ id: cell.id, end });
      } catch (error) {
        endings.push({ id: cell.id, end: 'broken', why: String(error) });
        // What it left would fail others.
        await theatre.leave();
      }
    }
    return { cells: cells.length - fewer, endings };
  });
}

interface Chosen {
  readonly id: string;
  readonly activity: string;
  readonly system?: string;
}

/** Vitest compares what is long for minutes. */
function throwBad(cells: readonly (Row | Ending | Death)[]): void {
  const bad = cells.filter(({ end }) => end === 'broken' || end === 'uncovered');
  if (bad.length > 0) throw new Error(bad.map(({ id, end, why = '' }) => `${end}: ${id} ${why}\n`).join(''));
}

/** For the table at the end. */
async function note(played: Played): Promise<void> {
  const file = process.env['FAULTS_REPORT'];
  if (file !== undefined) await appendFile(file, `${JSON.stringify(played)}\n`);
}
