import { cell, code, link, prose } from '../base/markdown.ts';
import { sentence } from '../base/words.ts';
import type { Ending } from './ending.ts';
import type { Link } from './links.ts';
import {
  changedNothing,
  lastBegun,
  PHASE_WORDS,
  type ProgressView,
  STEP_MARKS,
  type StepProgress,
  WAIT_WORDS,
} from './progress.ts';
import { leftInWords, type Check, type Leftover } from './reports.ts';

/** The UI sets the cells of a table edge to edge; a no-break space keeps them apart and a duration in one line. */
const GAP = '\u00a0';

/** What the Temporal UI shows of a run: first what a person must know or do, then the steps, then what was proven. */
export function progressMarkdown(view: ProgressView, links: readonly Link[], ending?: Ending): string {
  const { client, steps, waitsFor } = view;
  const running = steps.filter(({ state, note }) => state === 'running' && note !== undefined && note !== '');
  const where = lastBegun(view);
  // An end tells what is kept at least as fully.
  const kept = ending?.kept ?? view.kept;
  const told = [
    ...entries(
      where === undefined ? 'Cause' : `Cause, ${where}`,
      ending?.cause === undefined ? [] : [sentence(ending.cause)],
    ),
    ...entries('Remedy', ending?.remedy === undefined ? [] : [ending.remedy]),
    ...running.flatMap(({ name, note = '' }) => entries(`Now, ${name}`, [note])),
    ...orHere(view),
    ...entries('Waits', waitsFor === undefined ? [] : [waitsFor]),
    ...entries('To do', ending?.remaining ?? []),
    ...entries('Way back', ending?.wayBack === undefined ? [] : [ending.wayBack]),
    ...entries('Left behind', kept.map(keptInWords)),
    ...entries('Warning', view.warnings),
    ...(links.length === 0 ? [] : [`- **See:** ${links.map(({ text, address }) => link(text, address)).join(', ')}`]),
  ];
  return [
    `### ${prose(client)}: ${prose(ending?.outcome ?? standsAt(view))}`,
    '',
    ...told,
    ...(told.length > 0 ? [''] : []),
    line('step', 'took', 'what was done'),
    '|:---|---:|:---|',
    ...steps.map(row),
    ...proven(ending?.checks ?? []),
  ].join('\n');
}

/** What it does now, in a few words, and whether somebody is waited for. */
function standsAt(view: ProgressView): string {
  if (view.phase === 'undoing' && changedNothing(view)) return 'ends, nothing was changed';
  const { phase, waitsForPeople } = view;
  return `${PHASE_WORDS[phase]}${waitsForPeople === undefined ? '' : `, ${WAIT_WORDS[waitsForPeople.what]}`}`;
}

/** The command that answers the run stands in the note of its step; whoever reads this has a form for it, too. */
function orHere({ waitsForPeople }: ProgressView): readonly string[] {
  const what = waitsForPeople?.what;
  return what === 'ready' || what === 'confirm' ? [`- **Or here:** More Actions, Send an Update, ${code(what)}`] : [];
}

function entries(title: string, texts: readonly string[]): readonly string[] {
  return texts.map((text) => `- **${title}:** ${prose(text)}`);
}

function keptInWords(kept: string | Leftover): string {
  return typeof kept === 'string' ? kept : leftInWords(kept);
}

function row(step: StepProgress): string {
  const state = step.state === 'done' || step.state === 'pending' ? '' : ` (${step.state})`;
  const note = step.state === 'running' ? '' : (step.note ?? '');
  return line(`${STEP_MARKS[step.state]}${GAP}${step.name}${state}`, took(step), cell(note));
}

function line(step: string, duration: string, note: string): string {
  return `| ${step}${GAP}${GAP} | ${duration}${GAP}${GAP} | ${note} |`;
}

function took({ startedAt, endedAt }: StepProgress): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  return `${((endedAt - startedAt) / 1000).toFixed(1)}${GAP}s`;
}

function proven(checks: readonly Check[]): readonly string[] {
  if (checks.length === 0) return [];
  return [
    '',
    '**Proven**',
    '',
    ...checks.map(({ name, ok, detail }) => `- ${ok ? '✓' : '✗'} ${prose(`${name}: ${detail}`)}`),
  ];
}
