import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { echoing } from './echo.ts';
import type { Faults } from '../faults/faults.ts';
import { SPOILERS, type Spoiler } from '../faults/spoiled.ts';

export interface StandInRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Raw body text. */
  readonly body: string;
}

export interface StandInAnswer {
  readonly status: number;
  /** Serialised as JSON unless it is a string; undefined for an empty body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StandIn {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

export interface StandInOptions {
  /** Name by which faults address it. */
  readonly system: string;
  readonly faults: Faults;
  /** Bearer tokens that no fault strikes: those of controllers, whose failures are behaviours. */
  readonly exempt?: readonly string[];
  /** What this system answers when two wrote at once. */
  readonly conflict?: (request: StandInRequest) => StandInAnswer;
  readonly handle: (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>;
  /** Takes a connection over (a watch); true when it did. */
  readonly stream?: (request: StandInRequest, response: ServerResponse) => boolean;
  readonly port?: number;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: StandInAnswer, spoiler?: Spoiler): void {
  const text =
    answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const type = typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': type }),
    ...answer.headers,
    ...(answer.status === 204 || spoiler !== undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
  });
  if (spoiler === undefined) response.end(text);
  else void SPOILERS[spoiler](response, Buffer.from(text));
}

/** Starts an HTTP stand-in on loopback that obeys the faults put into it. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const respond = async (raw: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(raw.url ?? '/', 'http://loopback.invalid');
    const request: StandInRequest = {
      method: raw.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: raw.headers,
      body: await readBody(raw),
    };
    const answering = (answer: StandInAnswer, spoiler?: Spoiler): void =>
      send(response, options.faults.echo ? echoing(request, answer) : answer, spoiler);
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const effect = options.exempt?.includes(bearer)
      ? undefined
      : options.faults.strike(options.system, {
          method: request.method,
          path: `${url.pathname}${url.search}`,
          body: request.body,
        });
    if (effect?.kind === 'hang') return;
    if (effect?.kind === 'delay') {
      await effect.from?.();
      await new Promise((resolve) => setTimeout(resolve, effect.ms));
    }
    if (effect?.kind === 'error') {
      answering({
        status: effect.status,
        body: effect.body ?? { message: 'injected fault' },
        ...(effect.headers ? { headers: effect.headers } : {}),
      });
      return;
    }
    if (effect?.kind === 'conflict') {
      answering(options.conflict?.(request) ?? { status: 409, body: { message: 'conflict' } });
      return;
    }
    if (options.stream?.(request, response) === true) return;
    const answer = await options.handle(request);
    if (effect?.kind === 'interpose') await effect.act(request.method);
    if (effect?.kind === 'loseAnswer') {
      raw.socket.destroy();
      return;
    }
    answering(answer, effect?.kind === 'spoil' ? effect.how : undefined);
  };
  const server: Server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        send(response, { status: 500, body: { message: `stand-in ${options.system}: ${String(error)}` } });
      else response.destroy();
    });
  });
  // As proxies and servers in Go do. Node's own five seconds would end the connection of a worker that was stopped for longer, and its
  // late write would fail by that alone.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
