import type { StandInAnswer } from '../kit/http.ts';
import type { Pulls } from './pulls.ts';
import type { Dialect, Refusal } from './routes.ts';

/** Gitea and Forgejo: their `/api/swagger`, and `routers/api/v1/repo/pull.go` and `services/convert/pull.go` of Gitea. */
export const GITEA: Dialect = {
  root: '/api/v1',
  seesPushes: false,
  pages: { parameter: 'limit', usual: 30, most: 50 },
  edited: 201,
  refuse,
  limited: () => ({
    status: 429,
    body: '<html><title>429 Too Many Requests</title></html>',
    headers: { 'retry-after': '30' },
  }),
  row: async (pull, pulls, url) => {
    const branches = await pulls.repository.branches();
    // Of a branch that is gone only the name in `label` is left.
    const exists = pull.from !== pulls.name || branches.includes(pull.head);
    return {
      id: pull.number + 100,
      number: pull.number,
      url: `${url}/${pulls.name}/pulls/${pull.number}`,
      html_url: `${url}/${pulls.name}/pulls/${pull.number}`,
      state: pull.state,
      title: pull.title,
      body: pull.body,
      created_at: pull.createdAt,
      merged: pull.mergedAt !== undefined,
      merged_at: pull.mergedAt ?? null,
      head: {
        label: pull.head,
        ref: exists ? pull.head : `refs/pull/${pull.number}/head`,
        sha: pull.headSha,
        repo_id: pull.from === pulls.name ? 11 : 20 + pull.from.length,
      },
      base: { label: pull.base, ref: pull.base, repo_id: 11 },
    };
  },
  // Neither by head nor, as older releases, by base.
  filter: () => true,
};

function refuse(why: Refusal, pulls: Pulls): StandInAnswer {
  if (why === 'bad token') return message(401, 'invalid username, password or token');
  if (why === 'no permission')
    return message(
      403,
      'token does not have at least one of required scope(s), required=[write:repository], token scope=read:repository',
    );
  if (why === 'merged already') return message(412, 'cannot change state of this pull request, it was already merged');
  if (typeof why === 'string') return message(404, "The target couldn't be found.");
  const { number, head, base } = why.existing;
  const targets = `id: ${number + 100}, issue_id: ${number}, head_repo_id: 11, base_repo_id: 11, head_branch: ${head}, base_branch: ${base}`;
  return message(409, `pull request already exists for these targets [${targets}] in ${pulls.name}`);
}

function message(status: number, text: string): StandInAnswer {
  return { status, body: { message: text, url: 'http://forge.invalid/api/swagger' } };
}
