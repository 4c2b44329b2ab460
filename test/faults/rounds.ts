import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import type { Cell } from './cells.ts';
import { expectTidy } from './ends.ts';
import type { Row } from './report.ts';
import type { Stage } from './stage.ts';
import { recorded } from './record.ts';
import type { Story } from './stories.ts';
import { parted, type Ended } from './striker.ts';
import type { Calls, Way } from './target.ts';

/** A run strikes what it comes to; what it has left undone a further one does, and so many without a strike are the last. */
const IDLE = 2;

/** What each activity of a run that nothing disturbs calls. */
export async function callsOf(stage: Stage, story: Story, way: Way): Promise<Calls> {
  return recorded(stage, (prepared) => once(stage, story, way, { prepared }));
}

/** Where a story is played. */
export interface Theatre {
  readonly stage: () => Promise<Stage>;
  readonly story: () => Story;
  /** What a run that went wrong has left would fail others: the next one is played on a new stage. */
  readonly leave: () => Promise<void>;
}

/** Strikes every activity of a story with every fault, in as many runs as that takes. */
export async function playStory(
  { stage, story, leave }: Theatre,
  way: Way,
  cells: readonly Cell[],
): Promise<{ readonly rows: readonly Row[]; readonly runs: number }> {
  const rows: Row[] = [];
  let left = cells;
  let runs = 0;
  for (let idle = 0; left.length > 0 && idle < IDLE; runs += 1) {
    const had = rows.length;
    const on = await stage();
    try {
      await round(on, story(), way, left, rows);
    } catch (error) {
      const at = rows.length - 1;
      const last = rows[at];
      if (last === undefined || rows.length === had) throw error;
      const since = rows.slice(had).map(({ id, end }) => `${id}: ${end}`);
      const why = `the run did not end as it would have: ${String(error)}; it was struck by\n${since.join('\n')}`;
      rows.splice(at, 1, { ...last, end: 'broken', why });
      await leave();
    }
    left = on.striker.rest();
    idle = rows.length === had ? idle + 1 : 0;
  }
  return { rows: [...rows, ...left.map((cell) => rowOf(cell, 'uncovered'))], runs };
}

/** One run, whose attempts are struck and noted in `rows`. */
async function round(stage: Stage, story: Story, way: Way, cells: readonly Cell[], rows: Row[]): Promise<void> {
  const { striker, bed } = stage;
  const secrets = await bed.secrets();
  const listed: string[] = [];
  let answers: readonly { readonly cell: Cell; readonly asked: string; readonly result: unknown }[] = [];
  const prepared = async (): Promise<void> => {
    striker.left = [...cells];
    striker.listener = {
      ended: (cell, ended, asked) => {
        if ('result' in ended) {
          const { kept = [] } = (ended.result ?? {}) as { kept?: readonly { what: string }[] };
          listed.push(...kept.map(({ what }) => what));
          answers = [...answers, { cell, asked, result: ended.result }];
        }
        rows.push(rowOf(cell, ended.end, brokenBy(cell, ended, [...secrets, ...bed.world.connect.secrets()])));
      },
      answered: (id, result) => {
        const [compared, others] = parted(answers, ({ asked }) => asked === id);
        answers = others;
        for (const { cell, result: struck } of compared) {
          const why = differing(struck, result);
          const at = rows.findIndex(({ id }) => id === cell.id);
          if (why !== '') rows.splice(at, 1, rowOf(cell, 'broken', `answered otherwise than undisturbed: ${why}`));
        }
      },
    };
  };
  try {
    await once(stage, story, way, { prepared, listed });
  } finally {
    striker.listener = undefined;
  }
}

interface Between {
  readonly prepared?: () => Promise<void>;
  readonly begun?: (handle: WorkflowHandle) => Promise<void>;
  /** Names of what a struck undo has listed: what it could not ask once and for all. */
  readonly listed?: readonly string[];
}

/** The story once, to the end that it has to have: done, or rolled back exactly. */
export async function once(
  stage: Stage,
  story: Story,
  way: Way,
  { prepared, begun, listed = [] }: Between,
): Promise<void> {
  const { bed } = stage;
  await story.prepare(bed);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  if (way === 'back') await story.failLate(stage);
  await prepared?.();
  const handle = await story.begin(bed);
  await begun?.(handle);
  if (way === 'forward') {
    const result = await bed.resultOf(handle);
    await bed.world.settled();
    expectTidy(before, await bed.world.snapshot(), result);
    await story.done(bed, result);
    return;
  }
  const failed = await bed.failure(handle);
  await stage.heal();
  const unlisted = failed.kept.filter(({ what }) => !listed.includes(what));
  expect(unlisted, JSON.stringify(failed)).toEqual([]);
  expect(failed.undone.length).toBeGreaterThan(0);
  await bed.expectAsBefore(before);
  await story.intact(bed);
}

/** Why an attempt did not end as it may. */
function brokenBy({ passing }: Cell, ended: Ended, secrets: readonly string[]): string | undefined {
  if ('result' in ended) return undefined;
  const { type, message, details } = ended.failure;
  const told = JSON.stringify([message, details]);
  if (secrets.some((secret) => told.includes(secret))) return 'it tells a secret';
  if (type === 'Unexpected') return told;
  if (ended.end === 'gave up' && passing) return `gave up at what passes: ${told}`;
  const { system, remedy } = (details?.[0] ?? {}) as { system?: string; remedy?: string };
  if (!system || !remedy) return `names no system or no remedy: ${told}`;
  return undefined;
}

/** What an answer says of its attempt, or of what else goes on in Authentik. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['note', 'at', 'knownTasks', 'lastApplied']);

/** Of a pull request that the forge did not open, which people are told to open: a run does not depend on the forge. */
const UNOPENED: ReadonlySet<string> = new Set(['address', 'trouble']);

/** A struck attempt may say more: what it could not ask several times, and what it did, so that no later one has to. */
const SAID: ReadonlySet<string> = new Set(['warnings', 'kept', 'undone', 'changed', 'removed']);

function saysAll(struck: unknown, undisturbed: unknown): boolean {
  const [more, all] = [struck ?? [], undisturbed ?? []] as [readonly unknown[], readonly unknown[]];
  return all.every((each) => more.some((one) => isDeepStrictEqual(one, each)));
}

/** Where two answers differ, for both are long. */
function differing(a: unknown, b: unknown, at = ''): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return isDeepStrictEqual(a, b)
      ? ''
      : `${at}: ${JSON.stringify(a)?.slice(0, 200)}, ${JSON.stringify(b)?.slice(0, 200)}; `;
  const [was, is] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return Object.keys({ ...was, ...is })
    .filter((key) => !(SAID.has(key) && saysAll(was[key], is[key])))
    .filter((key) => !OF_THE_MOMENT.has(key) && !('trouble' in was && UNOPENED.has(key)))
    .map((key) => differing(was[key], is[key], `${at}/${key}`))
    .join('');
}

function rowOf({ id, target, fault }: Cell, end: Row['end'], broken?: string): Row {
  const of = { id, activity: target.activity, fault: fault.name };
  return broken === undefined ? { ...of, end } : { ...of, end: 'broken', why: broken };
}
