import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { barred, type Reach } from '../../core/policy/hosts.ts';
import type { ProbeAnswer } from './consumers.ts';

export interface ProbeOptions {
  readonly timeoutMs: number;
  readonly reach: Reach;
  /** Instead of the system's resolver. */
  readonly lookup?: typeof systemLookup;
}

/** Of a name that leads where no probe may go. */
class BarredAddress extends Error {}

/**
 * The status of one GET, without credentials, whose redirect is not followed. A name is resolved once, and the connection goes to the
 * very addresses that were judged: one that answers otherwise the next time gains nothing.
 */
export async function probe(
  url: string,
  { timeoutMs, reach, lookup = systemLookup }: ProbeOptions,
): Promise<ProbeAnswer> {
  const { auth: _auth, ...target } = urlToHttpOptions(new URL(url));
  const literal = target.hostname?.replace(/^\[|\]$/g, '') ?? '';
  const why = isIP(literal) === 0 ? undefined : refusal(literal, literal, reach);
  if (why !== undefined) return { refused: why };
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const asked = request({
      ...target,
      agent: false,
      lookup: judged(lookup, reach),
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.once('response', (response) => {
      resolve(response.statusCode === undefined ? {} : { status: response.statusCode });
      asked.destroy();
    });
    asked.on('error', (error) => {
      resolve(error instanceof BarredAddress ? { refused: error.message } : {});
    });
    // Without a response there may be no error either: a server that changes the protocol.
    asked.once('close', () => {
      resolve({});
    });
    asked.end();
  });
}

/** Fails where any of the addresses is barred, before there is a connection to one of them. */
function judged(lookup: typeof systemLookup, reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const why = addresses.map(({ address }) => refusal(hostname, address, reach)).find((each) => each !== undefined);
      if (why !== undefined) return callback(new BarredAddress(why), []);
      const [first] = addresses;
      if (options.all === true || first === undefined) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
  };
}

function refusal(hostname: string, address: string, reach: Reach): string | undefined {
  const found = barred(address, reach);
  if (found === undefined) return undefined;
  const by = found.key === undefined ? '' : ` by policy.probes.${found.key}`;
  return `${hostname === address ? address : `${hostname} is ${address},`} ${found.why}, which no probe may ask${by}`;
}
