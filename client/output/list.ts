import type { StandsAs } from '../clientsOfCopy.ts';
import { type Stranded, strandedText } from '../doctor/stranded.ts';
import { asTyped } from '../asTyped.ts';
import { wordOf } from '../runs.ts';
import type { RunFailure } from './failure.ts';
import type { RunResult } from './result.ts';
import { minute, outcomeWord } from './style.ts';
import { table } from './table.ts';

/** A run of a client, as `list` tells it. */
export interface ListedRun {
  /** Type of the workflow, as `registerClient`. */
  readonly type: string;
  readonly outcome: 'running' | RunResult['outcome'] | RunFailure['outcome'];
  /** When it ended or, of one that is open, began. */
  readonly at: string;
}

/** All that `list` tells of a client. Times are ISO 8601; what Temporal does not know, or keeps no longer, is absent. */
export interface ListedClient {
  readonly client: string;
  readonly stands: StandsAs | 'absent' | 'unknown';
  readonly lastRun?: ListedRun;
  readonly lastRotation?: string;
  /** A time, `paused`, or `never`. */
  readonly nextRotation?: string;
  /** A rotation that was due and met another run of the client: it waits for that one, or has given up to and was left out. */
  readonly heldUp?: { readonly due: string; readonly waits: boolean };
  readonly lastCheck?: { readonly at: string; readonly ok: boolean; readonly summary: string };
  /** Its open run stands still: no worker of the build polls that it is bound to. */
  readonly stranded?: Stranded;
}

const STANDS: Readonly<Record<ListedClient['stands'], string>> = {
  registered: 'registered',
  file: 'not registered',
  inline: 'without file',
  unmanaged: 'unmanaged',
  absent: 'absent',
  unknown: '?',
};

/** What these words mean, and what a person does about clients that stand so. */
const HINTS: readonly (readonly [ListedClient['stands'], string])[] = [
  ['file', 'not registered: a registration file that no run has registered; oidc-registrar register NAME does'],
  ['inline', 'without file: registered by --file; checks of all clients and schedules need its file in the repository'],
  ['unmanaged', 'unmanaged: made by hand; oidc-registrar import NAME writes its registration (docs/how-to/adopt.md)'],
  ['absent', 'absent: taken out, or never there'],
  ['unknown', '?: no run that Temporal still keeps tells; oidc-registrar list --repo DIR reads a working copy, too'],
];

/** All clients for a person. */
export function listText(clients: readonly ListedClient[]): string {
  if (clients.length === 0)
    return 'Temporal knows no client. With --repo DIR those of a working copy of the GitOps repository are listed too.';
  const rows = clients.map(({ client, stands, lastRun, lastRotation, nextRotation, heldUp, lastCheck }) => [
    client,
    STANDS[stands],
    lastRun === undefined ? '–' : `${runInWords(lastRun)} ${minute(lastRun.at)}`,
    lastRotation?.slice(0, 10) ?? '–',
    nextRotation === undefined ? '–' : heldUp?.waits === true ? 'waits' : minute(nextRotation),
    lastCheck === undefined ? '–' : `${lastCheck.summary || 'as asked'} ${minute(lastCheck.at)}`,
  ]);
  const head = ['CLIENT', 'STANDS', 'LAST RUN', 'ROTATED', 'NEXT ROTATION', 'LAST CHECK'];
  const hints = HINTS.flatMap(([stands, hint]) => (clients.some((each) => each.stands === stands) ? [hint] : []));
  const heldUp = clients.flatMap(heldUpHint);
  const still = clients.flatMap(({ stranded }) => (stranded === undefined ? [] : [sentences(strandedText(stranded))]));
  const below = [...still, ...hints, ...heldUp];
  return [table([head, ...rows]), ...(below.length > 0 ? ['', asTyped(below.join('\n'))] : [])].join('\n');
}

/** A rotation that did not begin when it was due, and what a person does about it. */
function heldUpHint({ client, heldUp }: ListedClient): readonly string[] {
  if (heldUp === undefined) return [];
  const due = `${client}: the rotation that was due ${minute(heldUp.due)}`;
  return heldUp.waits
    ? [`${due} waits for the end of the run that is open; oidc-registrar status ${client} shows that one`]
    : [`${due} was left out, for another run was open; oidc-registrar rotate ${client} makes up for it`];
}

/** `rotation failed`; where the outcome tells the kind of run, it alone. */
function runInWords({ type, outcome }: ListedRun): string {
  const isOfType = outcome === 'registered' || outcome === 'rotated' || outcome === 'deregistered';
  return isOfType ? outcome : `${wordOf(type)} ${outcomeWord(outcome)}`;
}

function sentences({ message, remedy }: ReturnType<typeof strandedText>): string {
  return `${message}. ${remedy}`;
}
