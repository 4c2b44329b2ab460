import { expect, it } from 'vitest';
import { hasStoodOnTarget } from '../../../activities/branch/landed.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { Job } from '../../../core/run/job.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const installation = shortFiles();
const FRAGMENT = 'changes/zot.md';
const spec = { ...zotRegistration.spec, consumers: [], files: [{ path: 'changes/<<client>>.md', text: 'new' }] };
const registration = checkRegistration({ ...zotRegistration, spec }, 'test');

const job = {
  client: 'zot',
  changeId: 'c1',
  base: 'base',
  landBy: 'pullRequest',
  registration,
  names: resolveNames(registration, installation),
  blueprint: { text: '' },
  edits: [{ step: 'renderAnsibleFiles', entry: 'file/0', path: FRAGMENT, kind: 'created' }],
} as unknown as Job;

const UNREADABLE = new RegistrarError({
  system: 'Git',
  kind: 'NotYet',
  message: 'the file does not parse',
  remedy: 'Mend it.',
});

/** The texts of our file at each commit since the run began, oldest first; the last is that of now. */
async function stood(texts: readonly (string | undefined | RegistrarError)[], of: Job = job): Promise<boolean> {
  const git = {
    fetch: async () => undefined,
    head: async () => String(texts.length - 1),
    log: async () => texts.map((_, index) => ({ sha: String(index), trailers: {} })),
    readFile: async (commit: string, path: string) => {
      const text = path === FRAGMENT && commit !== 'base' ? texts[Number(commit)] : undefined;
      if (text instanceof RegistrarError) throw text;
      return text;
    },
  };
  return hasStoodOnTarget({ installation, git } as unknown as Deps, of);
}

it('is so where people have merged it, and its way back, under messages of their own', async () => {
  expect(await stood([undefined, 'new\n', undefined])).toBe(true);
});

it('is so while it stands there', async () => {
  expect(await stood([undefined, 'new\n'])).toBe(true);
});

it('is not so where it was never merged', async () => {
  expect(await stood([undefined, undefined])).toBe(false);
});

it('is told by the other commits where one cannot be read', async () => {
  expect(await stood([undefined, 'new\n', UNREADABLE, undefined])).toBe(true);
  expect(await stood([undefined, UNREADABLE, undefined])).toBe(false);
});

it("is told by the job's own commits alone where it lands by itself", async () => {
  const { landBy: _, ...pushed } = job;
  expect(await stood([undefined, 'new\n', undefined], pushed)).toBe(false);
});
