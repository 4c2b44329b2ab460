import type { NodeWorker, Session } from 'node:inspector';
import { withTimeout } from '../core/base/withTimeout.ts';

/** No collection takes so long. */
const LIMIT_MS = 5_000;

/**
 * Has the garbage collected that loading has left in each thread of this process, the workflows' too: V8 does so only when it needs room,
 * and a worker that waits needs none. Each thread is asked in the words of Node.js's inspector, and no port is opened. A worker that can
 * give nothing back works as well.
 */
export async function giveBack(): Promise<void> {
  try {
    const inspector = await import('node:inspector');
    const session = new inspector.Session();
    session.connect();
    try {
      await withTimeout(collect(session), LIMIT_MS);
    } finally {
      session.disconnect();
    }
  } catch {
    // A Node.js that was built without the inspector, or does not permit it.
  }
}

async function collect(session: Session): Promise<void> {
  const threads: Promise<unknown>[] = [];
  // All that there are, before the answer.
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
    threads.push(collectIn(session, sessionId));
  });
  await new Promise<unknown>((resolve) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, resolve);
  });
  await Promise.all(threads);
  await new Promise<unknown>((resolve) => {
    session.post('HeapProfiler.collectGarbage', resolve);
  });
}

async function collectIn(session: Session, sessionId: NodeWorker.SessionID): Promise<void> {
  await new Promise<void>((resolve) => {
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === sessionId) resolve();
    });
    const message = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  });
}
