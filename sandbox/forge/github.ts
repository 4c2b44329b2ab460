import type { StandInAnswer } from '../kit/http.ts';
import type { Pulls } from './pulls.ts';
import type { Dialect, Refusal } from './routes.ts';

/** GitHub Enterprise Server: docs.github.com/rest/pulls/pulls, /rest/issues/comments, "Rate limits", "Troubleshooting". */
export const GITHUB: Dialect = {
  root: '/api/v3',
  seesPushes: true,
  pages: { parameter: 'per_page', usual: 30, most: 100 },
  edited: 200,
  refuse,
  limited,
  row: async (pull, pulls, url, single) => ({
    number: pull.number,
    html_url: `${url}/${pulls.name}/pull/${pull.number}`,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    created_at: pull.createdAt,
    merged_at: pull.mergedAt ?? null,
    // Only the answer about a single one has it.
    ...(single ? { merged: pull.mergedAt !== undefined } : {}),
    head: {
      label: `${ownerOf(pull.from)}:${pull.head}`,
      ref: pull.head,
      sha: pull.headSha,
      repo: repoOf(pull.from, pulls),
    },
    base: { label: `${ownerOf(pulls.name)}:${pull.base}`, ref: pull.base, repo: repoOf(pulls.name, pulls) },
  }),
  filter: (pull, query) => {
    const head = query.get('head');
    const base = query.get('base');
    // Without an owner it filters nothing.
    const byHead = head === null || !head.includes(':') || head === `${ownerOf(pull.from)}:${pull.head}`;
    return byHead && (base === null || base === pull.base);
  },
};

function ownerOf(name: string): string {
  return name.split('/')[0] ?? '';
}

function repoOf(name: string, pulls: Pulls) {
  return { id: name === pulls.name ? 1001 : 2000 + name.length, full_name: name };
}

function refuse(why: Refusal, pulls: Pulls): StandInAnswer {
  if (why === 'bad token') return message(401, 'Bad credentials');
  if (why === 'not found') return message(404, 'Not Found');
  if (why === 'no permission') return message(403, 'Resource not accessible by personal access token');
  return {
    status: 422,
    body: { message: 'Validation Failed', errors: [detail(why, pulls)], status: '422' },
  };
}

function detail(why: Exclude<Refusal, 'bad token' | 'not found' | 'no permission'>, pulls: Pulls) {
  const resource = 'PullRequest';
  if (why === 'no head') return { resource, field: 'head', code: 'invalid' };
  if (why === 'no base') return { resource, field: 'base', code: 'invalid' };
  const custom = (words: string) => ({ resource, code: 'custom', message: words });
  if (typeof why === 'string') return custom('No commits between the two branches');
  return custom(`A pull request already exists for ${ownerOf(pulls.name)}:${why.existing.head}.`);
}

function message(status: number, text: string): StandInAnswer {
  return {
    status,
    body: { message: text, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  };
}

/** `primary`: nothing remains in this hour. `secondary`: too much at once, with the time to wait; `silent`: without it. */
function limited(how: string): StandInAnswer {
  if (how === 'primary') {
    const reset = Math.floor(Date.now() / 1_000) + 120;
    return {
      ...message(403, 'API rate limit exceeded for user ID 1.'),
      headers: { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
    };
  }
  return {
    ...message(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'),
    headers: { 'x-ratelimit-remaining': '4711', ...(how === 'silent' ? {} : { 'retry-after': '30' }) },
  };
}
