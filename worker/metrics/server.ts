import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type MetricsAddress, notListening } from './address.ts';

/** What the server asks the worker. */
export interface Health {
  /** The worker polls, and Temporal answers. */
  readonly isReady: () => Promise<boolean>;
  /** Metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
/** The text format of Prometheus, as its own client libraries name it. */
const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/metrics`, `/healthz` and `/readyz`. No answer says more than "ok" and "not ready" of what is amiss: the log does. Throws
 * `BadInput` where the address cannot be listened on. Answers a function that ends it.
 */
export async function serveMetrics(address: MetricsAddress, health: Health): Promise<() => Promise<void>> {
  const server = createServer(
    { requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
    (asked, answer) => void respond(asked, answer, health),
  );
  server.maxConnections = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(notListening(address, error)));
    server.listen(address.port, address.host, resolve);
  });
  return async () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

async function respond(asked: IncomingMessage, answer: ServerResponse, health: Health): Promise<void> {
  const { status, type = TEXT, body } = await answerTo(asked, health).catch((): Answer => UNAVAILABLE);
  answer.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  answer.end(asked.method === 'HEAD' ? undefined : body);
}

const UNAVAILABLE: Answer = { status: 503, body: 'not ready\n' };

async function answerTo({ method = '', url = '' }: IncomingMessage, health: Health): Promise<Answer> {
  if (!['GET', 'HEAD'].includes(method)) return { status: 405, body: 'only GET\n' };
  switch (url.replace(/\?.*/, '')) {
    case '/metrics':
      return { status: 200, type: EXPOSITION, body: await health.metrics() };
    case '/healthz':
      return { status: 200, body: 'ok\n' };
    case '/readyz':
      return (await health.isReady()) ? { status: 200, body: 'ok\n' } : UNAVAILABLE;
    default:
      return { status: 404, body: 'not found\n' };
  }
}
