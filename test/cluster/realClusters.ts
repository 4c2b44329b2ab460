import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { Api } from './api.ts';
import type { Tools } from './tools.ts';

interface RealCluster {
  readonly dir: string;
  readonly api: Api;
}

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
  const folders = { management: path.join(dir, 'management'), workload: path.join(dir, 'workload') };
  await mkdir(folders.management, { recursive: true });
  await mkdir(folders.workload, { recursive: true });
  const undertaker = startUndertaker(tools, Object.values(folders));
  const stop = async (): Promise<void> => {
    undertaker.stdin?.end();
    if (undertaker.exitCode !== null) return;
    await new Promise((resolve) => undertaker.once('exit', resolve));
  };
  try {
    const [management, workload] = await Promise.all([
      startCluster(tools, folders.management, 'argo-cd', ...(secretsBesideArgoCd ? ['external-secrets'] : [])),
      startCluster(tools, folders.workload, 'external-secrets'),
    ]);
    return { management, workload, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Stops the servers when its standard input closes, as it does when this process dies, by SIGKILL too. The servers are in
 * sessions of their own, so nothing else would end them.
 */
function startUndertaker(tools: Tools, folders: readonly string[]): ChildProcess {
  const script = `read -r _; for dir do { "$CONTROLLERS" stop "$dir"; "$API_SERVER" stop "$dir"; } & done; wait`;
  return spawn('bash', ['-c', script, 'undertaker', ...folders], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, CONTROLLERS: tools.controllers, API_SERVER: tools.apiServer },
  });
}

async function startCluster(tools: Tools, dir: string, ...controllers: readonly string[]): Promise<RealCluster> {
  await run(tools.apiServer, ['start', dir]);
  await run(tools.controllers, ['start', dir, ...controllers]);
  return { dir, api: new Api(await readFile(path.join(dir, 'kubeconfig'), 'utf8')) };
}

/** Its servers would keep a pipe of ours open for ever. */
async function run(script: string, args: readonly string[]): Promise<void> {
  await execa('bash', [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}
