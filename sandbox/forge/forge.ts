import type { Faults } from '../faults/faults.ts';
import { GITEA } from './gitea.ts';
import { GITHUB } from './github.ts';
import { Pulls } from './pulls.ts';
import { answer, type TokenRights } from './routes.ts';
import type { BareRepository } from '../git/git.ts';
import { startStandIn, type StandIn, type StandInRequest } from '../kit/http.ts';

export type StandInForge = 'github' | 'gitea';

/** `owner/name` of the sandbox's repository. */
export const FORGE_REPOSITORY = 'platform/homelab';

export interface ForgeStandIn extends StandIn {
  readonly kind: StandInForge;
  /** The pull requests, and what people do with them: `merge`, `close`. */
  readonly pulls: Pulls;
  /** What each token may; a test may change it. */
  readonly tokens: Map<string, TokenRights>;
  /** Requests that arrived, in order. */
  readonly requests: readonly Pick<StandInRequest, 'method' | 'path'>[];
}

/** Stand-in for the endpoints of pull requests of a forge over a bare repository. One token may everything. */
export async function startForge(
  kind: StandInForge,
  repository: BareRepository,
  token: string,
  faults: Faults,
): Promise<ForgeStandIn> {
  const dialect = kind === 'github' ? GITHUB : GITEA;
  const pulls = new Pulls(repository, FORGE_REPOSITORY, dialect.seesPushes);
  const tokens = new Map([[token, { sees: true, writes: true }]]);
  const requests: Pick<StandInRequest, 'method' | 'path'>[] = [];
  const standIn = await startStandIn({
    system: 'forge',
    faults,
    handle: async (request) => {
      requests.push({ method: request.method, path: request.path });
      const limit = faults.behaviour('forge', 'rateLimit', true);
      if (limit !== undefined) return dialect.limited(limit.argument ?? 'primary');
      const rights = tokens.get((request.headers.authorization ?? '').replace(/^(Bearer|token) /i, ''));
      return answer(request, pulls, dialect, rights, `http://${request.headers.host}`);
    },
  });
  return { ...standIn, kind, pulls, tokens, requests };
}
