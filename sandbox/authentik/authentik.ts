import { answerApi } from './api.ts';
import { answerOAuth } from './oauth.ts';
import type { TokenGrant } from './permissions.ts';
import { snapshotOf } from './snapshot.ts';
import { freshRows, type Rows } from './state.ts';
import { dialectNamed } from './dialects.ts';
import { forgetSecrets, migrateSecrets } from './secrets.ts';
import { versionOf, type Version } from './version.ts';
import { WorkerPool, type WorkerTimings } from './worker.ts';
import type { AuthentikWorkerHost } from './authentikWorkers.ts';
import type { Faults } from '../faults/faults.ts';
import { startStandIn, type StandIn } from '../kit/http.ts';

export interface AuthentikOptions {
  readonly faults: Faults;
  /** As `GET admin/version/` answers it. */
  readonly version: string;
  readonly tokens: Readonly<Record<string, TokenGrant>>;
  readonly timings: WorkerTimings;
}

export interface AuthentikStandIn extends StandIn, AuthentikWorkerHost {
  /** The database, for a test to change as an administrator would. */
  readonly database: { rows: Rows };
  readonly pool: WorkerPool;
  setVersion(version: string): void;
  /** Everything without keys and times, secrets hashed. */
  snapshot(): unknown;
}

/** Stand-in for Authentik: API v3, the OAuth2 endpoints, and the workers that discover and apply blueprints. */
export async function startAuthentik(options: AuthentikOptions): Promise<AuthentikStandIn> {
  const database: { rows: Rows } = { rows: freshRows() };
  let released = versionOf(options.version);
  // `secretDialect`: the number says nothing of it.
  const version = (): Version => {
    const named = options.faults.behaviour('authentik', 'secretDialect')?.argument;
    const now = named === undefined ? released : { ...released, secrets: dialectNamed(named) };
    if (now.secrets === undefined) forgetSecrets(database.rows);
    else migrateSecrets(database.rows);
    return now;
  };
  const pool = new WorkerPool(database, options.faults, options.timings, version);
  const tokens = new Map(Object.entries(options.tokens));
  const standIn = await startStandIn({
    system: 'authentik',
    faults: options.faults,
    handle: (request) => {
      if (request.path.startsWith('/api/v3/'))
        return answerApi({ database, pool, faults: options.faults, version, tokens }, request);
      const seenAs = options.faults.behaviour('authentik', 'seenAs')?.argument;
      const base = seenAs ?? `http://${request.headers.host ?? ''}`;
      return answerOAuth(database.rows, version(), base, request);
    },
  });
  return {
    url: standIn.url,
    database,
    pool,
    workerStarted: (pod) => pool.started(pod),
    workerStopped: (name) => pool.stopped(name),
    filesChanged: (name) => pool.filesChanged(name),
    setVersion: (text) => {
      released = versionOf(text);
    },
    snapshot: () => {
      // An upgrade has changed its rows before anybody looks.
      version();
      return snapshotOf(database.rows);
    },
    close: async () => {
      await pool.stop();
      await standIn.close();
    },
  };
}
