import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { Api } from './api.ts';
import type { Tools } from './tools.ts';

export interface RealCluster {
  readonly dir: string;
  readonly api: Api;
}

/** Controllers that can be started beside an API server. */
export type Part = 'argo-cd' | 'external-secrets' | 'flux';

export interface RealClusters {
  /** With the real Argo CD, and the real External Secrets where a service beside it needs them. */
  readonly management: RealCluster;
  /** With the real External Secrets. */
  readonly workload: RealCluster;
  stop(): Promise<void>;
}

/** Two real API servers, each with the controllers of its part. They end with this process, however it ends. */
export async function startRealClusters(
  tools: Tools,
  dir: string,
  { secretsBesideArgoCd }: { readonly secretsBesideArgoCd: boolean },
): Promise<RealClusters> {
  const started = await Promise.allSettled([
    startRealCluster(tools, path.join(dir, 'management'), [
      'argo-cd',
      ...(secretsBesideArgoCd ? (['external-secrets'] as const) : []),
    ]),
    startRealCluster(tools, path.join(dir, 'workload'), ['external-secrets']),
  ]);
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((each) => each.stop()));
  };
  const [management, workload] = running;
  if (management !== undefined && workload !== undefined) return { management, workload, stop };
  await stop();
  throw started.find((each) => each.status === 'rejected')?.reason;
}

/** One real API server with controllers beside it. It ends with this process, however that ends. */
export async function startRealCluster(
  tools: Tools,
  dir: string,
  parts: readonly Part[],
): Promise<RealCluster & { stop(): Promise<void> }> {
  await mkdir(dir, { recursive: true });
  const undertaker = startUndertaker(tools, dir);
  const stop = async (): Promise<void> => {
    undertaker.stdin?.end();
    if (undertaker.exitCode !== null) return;
    await new Promise((resolve) => undertaker.once('exit', resolve));
  };
  try {
    await run(tools.apiServer, ['start', dir]);
    for (const part of parts) {
      if (part === 'flux') await run(tools.flux, ['start', dir]);
      else await run(tools.controllers, ['start', dir, part]);
    }
    return { dir, api: new Api(await readFile(path.join(dir, 'kubeconfig'), 'utf8')), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Stops the servers when its standard input closes, as it does when this process dies, by SIGKILL too. The servers are in
 * sessions of their own, so nothing else would end them.
 */
function startUndertaker({ apiServer, controllers, flux }: Tools, dir: string): ChildProcess {
  const script = 'read -r _; dir=$1; shift; for part do bash "$part" stop "$dir"; done';
  return spawn('bash', ['-c', script, 'undertaker', dir, flux, controllers, apiServer], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** Its servers would keep a pipe of ours open for ever. */
async function run(script: string, args: readonly string[]): Promise<void> {
  await execa('bash', [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}
