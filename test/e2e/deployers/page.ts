import { metCells, type Met } from './proofs.ts';
import { refusalOf, REFUSALS } from './refusals.ts';
import { type Cell, CELLS, DEPLOYERS, ENDINGS, JOBS } from './settings.ts';

/** Everything below this line of docs/reference/deployers.md is written by `npm run schemas`. */
const MARK = '<!-- Below: written by npm run schemas from test/e2e/deployers/. -->\n';

const keyOf = (cell: Cell): string => JSON.stringify(Object.values(cell));

/** How many cells are run by which of the two, or refused. */
export interface Counts {
  readonly all: number;
  readonly short: number;
  readonly long: number;
  readonly refused: number;
  /** Neither: there must be none. */
  readonly left: readonly Cell[];
}

export function countsOf(met: readonly Met[]): Counts {
  const refused = CELLS.filter((cell) => refusalOf(cell) !== undefined);
  const short = new Set(met.filter(({ long }) => !long).map(({ cell }) => keyOf(cell)));
  const every = new Set(met.map(({ cell }) => keyOf(cell)));
  const left = CELLS.filter((cell) => refusalOf(cell) === undefined && !every.has(keyOf(cell)));
  return { all: CELLS.length, short: short.size, long: every.size - short.size, refused: refused.length, left };
}

export function wordsOf({ all, short, long, refused }: Counts): string {
  return `${all} combinations: ${short} run by \`npm test\`, ${long} more by \`npm run test:long\`, ${refused} refused by name.`;
}

/** Each value of one thing beside each of another. */
export function pairsOf(cells: readonly Cell[]): ReadonlySet<string> {
  return new Set(
    cells.flatMap((cell) => {
      const values = Object.entries(cell).map(([factor, value]) => `${factor} ${value}`);
      return values.flatMap((one, i) => values.slice(i + 1).map((other) => `${one} with ${other}`));
    }),
  );
}

/** Which pairs `npm test` meets, as a sentence. */
export function pairWords(met: readonly Met[]): string {
  const wanted = pairsOf(CELLS.filter((cell) => refusalOf(cell) === undefined));
  const short = pairsOf(met.filter(({ long }) => !long).map(({ cell }) => cell));
  const left = [...wanted].filter((pair) => !short.has(pair));
  const all = `Of ${wanted.size} pairs of two such values \`npm test\` meets`;
  return left.length === 0 ? `${all} all.` : `${all} ${wanted.size - left.length}; not ${left.join(', ')}.`;
}

/** The page with its tables made anew. */
export function deployersPage(page: string): string {
  const met = metCells();
  const [head = ''] = page.split(MARK);
  const tables = DEPLOYERS.map(
    (deployer) =>
      `### ${deployer}\n\n| | ${ENDINGS.join(' | ')} |\n|---|---|---|---|---|\n${JOBS.map((job) => rowOf(deployer, job, met)).join('\n')}\n`,
  );
  const refusals = REFUSALS.map(({ of, says, file, title }) => `| ${of} | \`${says}\` | \`${file}\`: ${title} |`);
  return [
    head + MARK,
    `${wordsOf(countsOf(met))}\n`,
    `${pairWords(met)}\n`,
    ...tables,
    '### Refused\n',
    `| what | in the words | test |\n|---|---|---|\n${refusals.join('\n')}\n`,
  ].join('\n');
}

function rowOf(deployer: Cell['deployer'], job: Cell['job'], met: readonly Met[]): string {
  const cells = ENDINGS.map((ending) => {
    const ours = met.filter(({ cell }) => cell.deployer === deployer && cell.job === job && cell.ending === ending);
    const settings = new Set(ours.map(({ cell }) => keyOf(cell))).size;
    const short = [...new Set(ours.filter(({ long }) => !long).map(({ file }) => `\`${file}\``))];
    return `${settings}: ${short.length === 0 ? 'long' : short.join(', ')}`;
  });
  return `| \`${job}\` | ${cells.join(' | ')} |`;
}
