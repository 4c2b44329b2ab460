import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The way of one worker to the Temporal server. */
export interface Link {
  readonly address: string;
  /** Breaks the connections that there are; new ones are taken. */
  readonly cut: () => void;
  readonly close: () => void;
}

/**
 * A stopped process keeps its connections, and its polls, which last a minute, go on taking tasks that nobody does. A server that has
 * lost the connection to a worker gives it nothing more.
 */
export async function openLink(address: string): Promise<Link> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      // A connection that is broken on purpose is no error, and ends on both sides.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    cut();
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, cut, close };
}
