import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How an answer is spoiled on its way, once the work is done. */
export const SPOILERS = {
  /** A byte at a time, so that the body never ends within a time limit. */
  slowBody: async (response: ServerResponse, body: Buffer) => {
    for (const byte of body) {
      if (response.destroyed) return;
      response.write(Buffer.from([byte]));
      await sleep(100);
    }
    response.end();
  },
  /** Half of the body, then the connection is reset. */
  resetBody: async (response: ServerResponse, body: Buffer) => {
    await sent(response, half(body));
    response.socket?.resetAndDestroy();
  },
  /** Half of the body, ended as if it were all: what a proxy makes of a server that died. */
  truncatedBody: async (response: ServerResponse, body: Buffer) => {
    response.end(half(body));
  },
  /** The body, and then blanks until whoever reads has had enough. */
  endlessBody: async (response: ServerResponse, body: Buffer) => {
    // Node takes what follows an answer without a body, sends nothing of it, and never says that it has had enough.
    if (response.statusCode === 204 || response.req.method === 'HEAD') return void response.end();
    const blanks = Buffer.alloc(1024 * 1024, ' ');
    response.write(body);
    let over = false;
    const closed = once(response, 'close').then(
      () => (over = true),
      () => (over = true),
    );
    while (!over && !response.destroyed)
      if (!response.write(blanks)) await Promise.race([once(response, 'drain'), closed]);
  },
} as const satisfies Readonly<Record<string, (response: ServerResponse, body: Buffer) => Promise<void>>>;

export type Spoiler = keyof typeof SPOILERS;

function half(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

async function sent(response: ServerResponse, part: Buffer): Promise<void> {
  await new Promise((resolve) => response.write(part, resolve));
}
