import { type FileContents, filesIn, hashOf, isHashOf } from './appliedHash.ts';
import { deliveredOf, filesOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import { isOfOthersToo, makesClient, saysAsPlanned } from '../../core/run/sectionOfJob.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from './clientVault.ts';
import { liveBlueprints, objectRef } from './ourResources.ts';
import { fieldOf } from './vaultSecret.ts';

/**
 * Whether a hash that Authentik tells, of a file or of what it has applied, is that of one text. The vault is asked only where the
 * text's own hash does not settle it, so that a vault which is down holds up nothing else.
 */
export type IsOfText = (hash: string) => Promise<boolean>;

/**
 * Tells the hash of the text that is awaited: of the job's, or, where others have changed their part of the section since, of the
 * one that is live.
 */
export async function awaitedText(deps: Deps, job: Pick<Job, 'names' | 'blueprint'>): Promise<IsOfText> {
  const { section } = deps.installation.authentik.blueprints;
  // A section that clients join may have been of none when the job was planned.
  const joins = section !== undefined && job.names.blueprintKey === section;
  if (!joins && !isOfOthersToo(job)) return hashesOf(deps, job, job.blueprint.text);
  const live = (await liveBlueprints(deps))[job.names.blueprintKey];
  return hashesOf(deps, job, live !== undefined && saysAsPlanned(live, job) ? live : job.blueprint.text);
}

/** Tells the hash of a text that is the client's, or makes it. */
export function hashesOf(deps: Deps, { names }: Pick<Job, 'names'>, text: string): IsOfText {
  return async (hash) => {
    if (hash === hashOf(text)) return true;
    return filesIn(text).length > 0 && isHashOf(hash, text, await filesOfClient(deps, names));
  };
}

/** The files by which the client's values come to Authentik's worker hold what the vault does. */
async function filesOfClient(deps: Deps, names: Job['names']): Promise<FileContents> {
  if (filesOf(names).length === 0) return () => undefined;
  const contents = await vaultFor(deps, names).read();
  return (path) => {
    const found = deliveredOf(names).find(({ secretFile }) => secretFile === path);
    return found && (fieldOf(contents, found.vaultField)?.value.reveal() ?? null);
  };
}

/** Tells the hash of the section that stays live without this client; undefined where nothing of it stays. */
export async function textWithout(deps: Deps, { names }: Pick<Job, 'names'>): Promise<IsOfText | undefined> {
  const object = (await deps.cluster.get(objectRef(deps, 'configMap'))) as
    | { data?: Record<string, string> }
    | undefined;
  const live = object?.data?.[names.blueprintKey];
  return live === undefined || makesClient(live, names) ? undefined : hashesOf(deps, { names }, live);
}
