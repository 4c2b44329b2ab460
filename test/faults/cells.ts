import { FAULTS, type Fault, type Reason, type Strike } from './faults.ts';
import type { Access, Calls, Target } from './target.ts';

export interface Cell {
  readonly id: string;
  readonly target: Target;
  readonly fault: Fault;
  readonly strike: Strike;
  /** Is no answer to what was asked: nothing may be decided by it. A command that fails may mean it. */
  readonly passing: boolean;
}

export interface Matrix {
  readonly cells: readonly Cell[];
  readonly notApplicable: readonly Reason[];
}

/** An activity that writes more often to one system is struck at so many of its writes. */
const WRITES = 4;

/**
 * Every fault at every system that each activity calls: at each of its first writes, and at one of its reads, which `seed` draws. What
 * does its work all the same comes last, for no later attempt does that work again. `play`: the story, where and which way.
 */
export function matrixOf(play: string, calls: Calls, seed: number): Matrix {
  const cells: Cell[] = [];
  const notApplicable: Reason[] = [];
  for (const [activity, called] of calls)
    for (const [call, count] of [...called, ['temporal write', 1] as const]) {
      const [system = '', access = ''] = call.split(' ');
      for (const fault of FAULTS.filter(({ of }) => of === (OTHERS.has(system) ? system : 'http')))
        for (let nth = 0; nth < (access === 'write' ? Math.min(count, WRITES) : 1); nth += 1) {
          const id = `${play}: ${activity} at ${call}${access === 'write' ? ` ${nth + 1}` : ''}: ${fault.name}`;
          const skip = access === 'write' ? nth : hashOf(`${seed} ${id}`) % count;
          const target: Target = { activity, system, access: access as Access, skip };
          const strike = fault.on(target);
          if (typeof strike === 'string') notApplicable.push(strike);
          else cells.push({ id, target, fault, strike, passing: fault.passing && system !== 'consumer' });
        }
    }
  return { cells: cells.toSorted((a, b) => rankOf(a) - rankOf(b)), notApplicable };
}

/** Systems that have faults of their own. */
const OTHERS: ReadonlySet<string> = new Set(['git', 'temporal']);

/** What strikes late in an activity comes late, for all before it is done by then. */
function rankOf({ fault, target: { access, skip } }: Cell): number {
  if (fault.works) return 2_000;
  return access === 'write' ? 1_000 + skip : skip;
}

/** So many of all, and the same ones for the same seed. */
export function drawn<T extends { readonly id: string }>(
  all: readonly T[],
  seed: number,
  count = all.length,
): readonly T[] {
  const ranked = all.map(({ id }) => [hashOf(`${seed} ${id}`), id] as const).toSorted(([a], [b]) => a - b);
  const ids = new Set(ranked.slice(0, count).map(([, id]) => id));
  return all.filter(({ id }) => ids.has(id));
}

/** FNV-1a: any even spread does. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
