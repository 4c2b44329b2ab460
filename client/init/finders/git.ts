import { execa } from 'execa';
import type { Candidate } from '../interview.ts';

/** What a clone knows of where it comes from; nothing of either where the folder is none. */
export interface GitTraces {
  readonly remote: string | undefined;
  readonly branch: string | undefined;
}

/** Asks git of a working copy for its remote `origin` and the branch that is that one's own. */
export async function gitTraces(repo: string): Promise<GitTraces> {
  const head = await git(repo, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD');
  return {
    remote: withoutUser(await git(repo, 'remote', 'get-url', 'origin')),
    branch: head?.replace(/^origin\//, ''),
  };
}

/** The folder at the root of the working copy that this one is in; undefined where git knows none. */
export async function rootOf(folder: string): Promise<string | undefined> {
  return git(folder, 'rev-parse', '--show-toplevel');
}

async function git(repo: string, ...args: string[]): Promise<string | undefined> {
  const { stdout, failed } = await execa('git', ['-C', repo, ...args], { reject: false, stdin: 'ignore' });
  return failed || stdout === '' ? undefined : stdout;
}

/**
 * An address by HTTPS without the user and password that people put there, and any other without a password. All up to the last "@"
 * goes: curl takes a password that has one in it.
 */
export function withoutUser(remote: string | undefined): string | undefined {
  return remote?.replace(/^(https?:\/\/)[^/]*@/i, '$1').replace(/^([a-z+]+:\/\/[^/@:]*):[^/]*@/i, '$1@');
}

/** The folder that registrations of clients are in already. */
export function folderOf(paths: readonly { readonly path: string }[]): readonly Candidate<string>[] {
  const folders = new Map(paths.map(({ path }) => [path.replace(/\/[^/]*$/, ''), path]));
  return [...folders].map(([value, from]) => ({ label: value, value, from }));
}
