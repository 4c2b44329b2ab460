import path from 'node:path';
import { startRealCluster } from '../realClusters.ts';
import { findTools, withoutFlux } from '../tools.ts';
import type { FluxBackend } from './bed.ts';
import { startGitServer } from './gitServer.ts';

const tools = findTools();

/** Flux's own controllers, where they are built. */
export const REAL_FLUX: FluxBackend | undefined =
  typeof tools === 'string' || withoutFlux(tools) !== undefined
    ? undefined
    : {
        name: 'real controllers',
        start: async (dir, repository) => {
          const git = await startGitServer(repository.dir);
          const cluster = await startRealCluster(tools, path.join(dir, 'cluster'), ['flux']);
          return {
            kubeconfig: cluster.api.kubeconfig,
            url: git.url,
            stop: async () => {
              await cluster.stop();
              await git.close();
            },
          };
        },
      };
