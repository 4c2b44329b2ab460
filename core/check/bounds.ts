import { cutText, jsonBytes, withinBytes } from '../base/bytes.ts';
import type { CheckAllResult, CheckReport, CheckResult, Finding, Seen } from './finding.ts';
import { byWeight, byWorst, countsOf, leftOutOf, summaryOf } from './summary.ts';

/**
 * Temporal takes 2 MB of one payload and 50 MB of a history, and a workflow that gives more stands still for ever. So a look, the
 * check of a client, and the check of all hold the worst that was found, and how much there is beside it.
 */
interface Limit {
  readonly findings: number;
  readonly bytes: number;
  /** Characters of each text of a finding. */
  readonly text: number;
}

/** The result of one look at one client, which is an activity. */
const LOOK: Limit = { findings: 200, bytes: 200_000, text: 4_000 };
/** The result of the check of one client. The check of all has hundreds of these in its history. */
const CLIENT: Limit = { findings: 100, bytes: 50_000, text: 2_000 };
/** What the check of all tells of a client, from the most to the least. */
const OF_ALL: readonly Limit[] = [
  { findings: 5, bytes: 10_000, text: 500 },
  { findings: 1, bytes: 1_000, text: 200 },
  { findings: 0, bytes: 0, text: 0 },
];
/** The result of the check of all, and what one run of it hands to the next. */
const ALL_BYTES = 1_000_000;

/** A look's findings within its limit. The last finding says how many more there were, and is as severe as the worst of these. */
export function boundedReport(report: CheckReport): CheckReport {
  const shown = worst(report.findings, LOOK);
  const rest = report.findings.toSorted(byWeight).slice(shown.length);
  const [first] = rest;
  if (first === undefined) return { ...report, findings: shown };
  const { expected: _expected, found: _found, ...common } = cut(first, LOOK.text);
  const what = `so much was found that ${rest.length} findings are not told: ${summaryOf({ findings: rest })}`;
  return { ...report, findings: [...shown, { ...common, what, remedy: 'Mend what is told, then check again.' }] };
}

/** A client's result within the limit of its own check. */
export function boundedResult(result: CheckResult): CheckResult {
  return within(result, CLIENT);
}

/**
 * Of each client its worst findings, as many as there is room for. Where even that is too much, the clients that are best off are
 * left out, and counted.
 */
export function boundedAll(
  clients: readonly CheckResult[],
  leftOutBefore = 0,
  bytes = ALL_BYTES,
): Pick<CheckAllResult, 'clients' | 'leftOut'> {
  const ways = OF_ALL.map((limit) => clients.map((client) => within(client, limit)));
  const fits = ways.find((each) => jsonBytes(each) <= bytes);
  const worstFirst = (ways.at(-1) ?? []).toSorted(byWorst);
  const kept = new Set(fits === undefined ? withinBytes(worstFirst, bytes) : fits);
  const leftOut = leftOutBefore + clients.length - kept.size;
  const shown = (fits ?? ways.at(-1) ?? []).filter((each) => kept.has(each));
  return { clients: shown, ...(leftOut === 0 ? {} : { leftOut }) };
}

function within(result: CheckResult, limit: Limit): CheckResult {
  const findings = worst(result.findings, limit);
  const leftOut = result.findings.length - findings.length + leftOutOf(result);
  return { ...result, findings, ...(leftOut === 0 ? {} : { counts: countsOf(result) }) };
}

function worst<T extends Finding | Seen>(findings: readonly T[], { findings: count, bytes, text }: Limit): T[] {
  const cutDown = findings
    .toSorted(byWeight)
    .slice(0, count)
    .map((finding) => cut(finding, text));
  return [...withinBytes(cutDown, bytes)];
}

function cut<T extends Finding>(finding: T, characters: number): T {
  const texts = ['what', 'expected', 'found', 'remedy'] as const;
  const changed = texts.flatMap((name) => {
    const text = finding[name];
    return text === undefined ? [] : [[name, cutText(text, characters)] as const];
  });
  return { ...finding, ...Object.fromEntries(changed) };
}
