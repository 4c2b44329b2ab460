import { expect, it } from 'vitest';
import { endingOf, failedEnding } from '../../../core/run/ending.ts';
import { linksOf } from '../../../core/run/links.ts';
import { changedNothing, type ProgressView, type StepState } from '../../../core/run/progress.ts';
import { progressMarkdown } from '../../../core/run/progressMarkdown.ts';
import { staticWords } from '../../../core/run/staticWords.ts';

const view: ProgressView = {
  client: 'zot',
  phase: 'registering',
  warnings: [],
  kept: [],
  steps: [{ name: 'preflight', state: 'done', startedAt: 0, endedAt: 2_000, note: 'a|b *c*' }],
};

/** Without the table, which is the same in each. */
const told = (markdown: string): readonly string[] => markdown.split('\n').filter((line) => /^(#|-|\*)/.test(line));

it('shows the steps in a table with room between its columns, whose notes neither end a cell nor format it', () => {
  expect(progressMarkdown(view, []).replaceAll('\u00a0', '~').split('\n').slice(-3)).toEqual([
    '| step~~ | took~~ | what was done |',
    '|:---|---:|:---|',
    String.raw`| ✓~preflight~~ | 2.0~s~~ | a\|b \*c\* |`,
  ]);
});

it('tells before the steps what is done now, with a command as code', () => {
  const note = 'waits for a person: `temporal x --name ready`';
  const steps = [{ name: 'ready', state: 'running' as const, note }];
  const waitsForPeople = { what: 'ready' as const, since: 0 };
  expect(told(progressMarkdown({ ...view, steps, waitsForPeople }, []))).toEqual([
    '### zot: registering, waits for a person',
    '- **Now, ready:** waits for a person: `temporal x --name ready`',
    '- **Or here:** More Actions, Send an Update, `ready`',
  ]);
  const merge = { ...view, phase: 'forwardOnly' as const, waitsForPeople: { what: 'merge' as const, since: 0 } };
  expect(told(progressMarkdown(merge, []))).toEqual(['### zot: past the point of no return, waits for a merge']);
});

it('tells of a failure its cause, the remedy, and what is left behind', () => {
  const cause = { message: 'Authentik said "<b>no</b>"', remedy: 'Mend it.' };
  const kept = [{ what: 'a branch', why: 'others use it.', remedy: 'Run `git push origin --delete x`' }];
  expect(told(progressMarkdown(view, [], failedEnding('registered', 'all of it', { cause, kept })))).toEqual([
    '### zot: not registered, something is left behind',
    String.raw`- **Cause, preflight:** Authentik said "\<b\>no\</b\>".`,
    '- **Remedy:** Mend it.',
    '- **Left behind:** a branch: others use it. Run `git push origin --delete x`',
  ]);
  expect(failedEnding('registered', 'no file', { remedy: 'Write it.' })).toEqual({
    outcome: 'not registered, everything is as it was',
    cause: 'no file',
    remedy: 'Write it.',
  });
  expect(failedEnding('registered', 'no file', {}, true).outcome).toBe('not registered, nothing was changed');
});

it.each<[string, readonly (readonly [string, StepState])[], boolean]>([
  [
    'refused',
    [
      ['acquireTurn', 'done'],
      ['preflight', 'failed'],
      ['generateSecret', 'pending'],
    ],
    true,
  ],
  [
    'whose turn was given back',
    [
      ['acquireTurn', 'undone'],
      ['planRemoval', 'failed'],
      ['takeOutBlueprint', 'pending'],
    ],
    true,
  ],
  [
    'for which nobody was ready',
    [
      ['preflight', 'done'],
      ['ready', 'failed'],
      ['create', 'pending'],
    ],
    true,
  ],
  [
    'that has made a secret',
    [
      ['preflight', 'done'],
      ['generateSecret', 'failed'],
    ],
    false,
  ],
  [
    'that has taken back what it made',
    [
      ['acquireTurn', 'undone'],
      ['preflight', 'done'],
      ['generateSecret', 'undone'],
    ],
    false,
  ],
  [
    'that takes back what another left',
    [
      ['acquireTurn', 'done'],
      ['preflight', 'done'],
      ['generateSecret', 'pending'],
    ],
    false,
  ],
])('a run %s has changed nothing: %s', (_, states, nothing) => {
  expect(changedNothing({ steps: states.map(([name, state]) => ({ name, state })) })).toBe(nothing);
});

it('tells of a run that ended well what is to be done, what was proven, and where to look', () => {
  const pages = {
    commit: 'https://forge.example/a/b/commit/',
    application: 'https://sso.example/if/admin/#/core/applications/',
    deployed: 'https://argocd.example/applications/argocd/authentik',
  };
  const links = linksOf(pages, { slug: 'zot', commit: '0123456789abcdef' });
  const checks = [{ name: 'discovery', ok: true, detail: 'answers' }];
  const ending = endingOf({
    outcome: 'registered',
    remaining: ['run it'],
    kept: [],
    checks,
    commit: '0123456789abcdef',
  });
  expect(told(progressMarkdown(view, links, ending))).toEqual([
    '### zot: registered',
    '- **To do:** run it',
    '- **See:** [commit 0123456789ab](https://forge.example/a/b/commit/0123456789abcdef), [application zot in Authentik](https://sso.example/if/admin/#/core/applications/zot), [the Application in Argo CD](https://argocd.example/applications/argocd/authentik)',
    '**Proven**',
    '- ✓ discovery: answers',
  ]);
});

it('links nothing that is not there: no forge, no commit, no application', () => {
  const pages = { application: 'https://sso.example/' };
  expect(linksOf(pages, { slug: undefined, commit: 'abc' })).toEqual([]);
  expect(linksOf(undefined, { slug: 'zot', commit: 'abc' })).toEqual([]);
});

it('says of each start who does what, and where that is described', () => {
  const { staticSummary, staticDetails } = staticWords('rotateSecret', 'its schedule', 'zot');
  expect(staticSummary).toBe('replaces the secret of OIDC client zot, started by its schedule');
  expect(staticDetails).toContain('`docs/how-to/rotate.md`');
});
