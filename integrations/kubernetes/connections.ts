import http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { RequestContext } from '@kubernetes/client-node';

type Agent = ReturnType<RequestContext['getAgent']>;

/** Long before an API server, or what stands before it, ends a connection on which nothing is said. */
const IDLE_MS = 4_000;

/**
 * The connections of one client. The library makes an agent for each request, and with it each time a connection and its TLS, which
 * costs both sides more than the request. The same connections serve for as long as the library would make them in the same way; where
 * it would not, as with a certificate that has been renewed or through a proxy, the library's own agent does.
 */
export class Connections {
  #asked: unknown;
  #kept: Agent;

  /** Who connects, in place of the agent that the library has made for a request. */
  agentFor(made: Agent): Agent {
    const Kind = [https.Agent, http.Agent].find((each) => made?.constructor === each);
    if (Kind === undefined) return made;
    // The types know them of an agent for HTTPS alone.
    const { options } = made as https.Agent;
    const asked = [Kind, { ...options }];
    if (!isDeepStrictEqual(this.#asked, asked))
      [this.#asked, this.#kept] = [asked, new Kind({ ...options, keepAlive: true, timeout: IDLE_MS })];
    return this.#kept;
  }
}
