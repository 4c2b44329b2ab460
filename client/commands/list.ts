import { connectClient } from '../connect.ts';
import { clientsOfCopy } from '../clientsOfCopy.ts';
import { knownToTemporal } from '../knownToTemporal.ts';
import { installationOf } from '../localFiles.ts';
import { WELL } from '../output/exitCodes.ts';
import { listText, type ListedClient } from '../output/list.ts';
import { WorkingCopy } from '../workingCopy.ts';

export interface ListOptions {
  /** A working copy of the GitOps repository: what stands there is listed too. */
  readonly repo?: string;
  readonly installation?: string;
  readonly json: boolean;
}

/** Shows every client: how it stands, its runs, rotations, and what its last check found. Resolves with the exit code. */
export async function list(options: ListOptions): Promise<number> {
  const clients = await listed(options);
  process.stdout.write(`${options.json ? JSON.stringify({ clients }, null, 2) : listText(clients)}\n`);
  return WELL;
}

async function listed({ repo, installation }: ListOptions): Promise<readonly ListedClient[]> {
  const copy = repo === undefined ? undefined : new WorkingCopy(repo);
  const standing = copy && clientsOfCopy(copy, installationOf(repo ?? '.', installation));
  const known = await knownToTemporal(await connectClient());
  const names = [...new Set([...known.keys(), ...(standing?.keys() ?? [])])].toSorted();
  return names.map((client) => {
    const { stands = 'unknown', ...runs } = known.get(client) ?? {};
    return { client, stands: standing === undefined ? stands : (standing.get(client) ?? 'absent'), ...runs };
  });
}
