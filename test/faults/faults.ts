import type { FaultEffect } from '../../sandbox/faults/faults.ts';
import type { Spoiler } from '../../sandbox/faults/spoiled.ts';
import { ANOTHER_BODY, BAD_GATEWAY, LOGIN_PAGE, refusal } from './answers.ts';
import type { Target } from './target.ts';

/** Why a fault cannot strike a call. A reason is one of a kind, never of one cell. */
export const REASONS = {
  readOnly: 'what only reads has no effect whose answer could be lost, and no conflict',
  command: 'of a command at a consumer the job knows no more than how it ends',
  noPush: 'hooks of a Git server judge pushes',
  local: 'a command of git on the worker’s own disk reaches no server',
  remote: 'the disk of a Git server is not the worker’s',
} as const;
export type Reason = keyof typeof REASONS;

/** What an HTTP system answers, or the shell that stands for a command of git, in which `$real "$@"` is its work. */
export type Strike =
  | { readonly http: FaultEffect }
  | { readonly git: string }
  | { readonly refusePush: true }
  /** The work is done, and Temporal does not hear of it. */
  | { readonly unheard: true };

export interface Fault {
  readonly name: string;
  readonly of: 'http' | 'git' | 'temporal';
  /** Is no answer to what was asked: nothing may be decided by it. */
  readonly passing: boolean;
  /** The work is done all the same, so that no further attempt does it. */
  readonly works: boolean;
  readonly on: (target: Target) => Strike | Reason;
}

interface Kind {
  readonly passing?: true;
  readonly works?: true;
  readonly writes?: true;
}
const PASSING: Kind = { passing: true };
const SPOILED: Kind = { passing: true, works: true };

const spoil = (how: Spoiler): FaultEffect => ({ kind: 'spoil', how });

/** What HTTP systems answer. */
const ANSWERS: Readonly<
  Record<string, readonly [answer: FaultEffect | ((system: string) => FaultEffect), kind?: Kind]>
> = {
  401: [(system) => refusal(system, 401)],
  403: [(system) => refusal(system, 403)],
  404: [(system) => refusal(system, 404), PASSING],
  409: [(system) => refusal(system, 409), { writes: true }],
  '429 with Retry-After': [(system) => refusal(system, 429, 1), PASSING],
  '429 without Retry-After': [(system) => refusal(system, 429), PASSING],
  500: [(system) => refusal(system, 500), PASSING],
  '502 in HTML': [BAD_GATEWAY, PASSING],
  '200 with a log-in page': [LOGIN_PAGE],
  '200 with another body': [ANOTHER_BODY],
  'a hang': [{ kind: 'hang' }, PASSING],
  'a slow body': [spoil('slowBody'), SPOILED],
  'a reset in mid-body': [spoil('resetBody'), SPOILED],
  'a truncated body': [spoil('truncatedBody'), SPOILED],
  'an endless body': [spoil('endlessBody'), { works: true }],
  'a success whose answer is lost': [{ kind: 'loseAnswer' }, { ...SPOILED, writes: true }],
};

/** What a command can make of it: it fails, or does not end. */
const OF_COMMANDS: ReadonlySet<string> = new Set(['500', 'a hang', 'a success whose answer is lost']);

const said = (stderr: string, code = 128): string => `cat >&2 <<'END'\n${stderr}\nEND\nexit ${code}`;
const REMOTE = 'https://git.orchard.example/platform/homelab.git/';
const overHttp = (status: number): string =>
  said(`fatal: unable to access '${REMOTE}': The requested URL returned error: ${status}`);

/** What git says of remotes, in its words. */
const REMOTES: Readonly<Record<string, readonly [shell: string, kind?: Kind]>> = {
  'git: 401': [said(`remote: HTTP Basic: Access denied\nfatal: Authentication failed for '${REMOTE}'`)],
  'git: 403': [overHttp(403)],
  'git: remote gone': [
    said(
      `fatal: '${REMOTE}' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.`,
    ),
  ],
  'git: 429': [overHttp(429), PASSING],
  'git: 502': [overHttp(502), PASSING],
  'git: a hang': ['exec sleep 60', PASSING],
  'git: slow': ['sleep 1; exec "$real" "$@"', SPOILED],
  'git: a reset in mid-body': [
    said(
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
    ),
    PASSING,
  ],
};
const LOST_PUSH = `"$real" "$@" >/dev/null 2>&1\n${said('fatal: the remote end hung up unexpectedly')}`;
const DISK_FULL = said('error: unable to write file: No space left on device\nfatal: unable to write new index file');

function fault(
  name: string,
  of: Fault['of'],
  { passing = false, works = false }: Partial<Record<keyof Kind, boolean>>,
  on: Fault['on'],
): Fault {
  return { name, of, passing, works, on };
}

export const FAULTS: readonly Fault[] = [
  ...Object.entries(ANSWERS).map(([name, [answer, kind = {}]]) =>
    fault(name, 'http', kind, ({ system, access }) => {
      if (system === 'consumer' && !OF_COMMANDS.has(name)) return 'command';
      if (kind.writes === true && access !== 'write') return 'readOnly';
      return { http: typeof answer === 'function' ? answer(system) : answer };
    }),
  ),
  ...Object.entries(REMOTES).map(([name, [shell, kind = {}]]) =>
    fault(name, 'git', kind, ({ access }) => (access === 'local' ? 'local' : { git: shell })),
  ),
  fault('git: a hook refuses the push', 'git', {}, ({ access }) =>
    access === 'write' ? { refusePush: true } : 'noPush',
  ),
  fault('git: the answer of a push is lost', 'git', SPOILED, ({ access }) =>
    access === 'write' ? { git: LOST_PUSH } : 'noPush',
  ),
  fault('git: disk full', 'git', {}, ({ access }) => (access === 'write' ? 'remote' : { git: DISK_FULL })),
  fault('the worker dies after the work, before Temporal hears of it', 'temporal', SPOILED, () => ({ unheard: true })),
];
