import { expect, it } from 'vitest';
import { contentAt } from '../../../activities/branch/contentAt.ts';
import type { Deps } from '../../../activities/deps.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { recordPath } from '../../../core/names/recordPath.ts';
import type { Job } from '../../../core/run/job.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const installation = shortFiles();
const spec = { ...zotRegistration.spec, consumers: [], files: [{ path: 'changes/<<client>>.md', text: 'new' }] };
const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
const record = recordPath(installation, 'zot');
const fragment = 'changes/zot.md';

/** A change of a registered client that brings a further file, and nothing else but the record of it. */
const job = {
  client: 'zot',
  base: 'base',
  registration,
  names: resolveNames(registration, installation),
  blueprint: { text: '' },
  record: 'after\n',
  edits: [
    { step: 'renderAnsibleFiles', entry: 'file/0', path: fragment, kind: 'created' },
    { step: 'renderAnsibleFiles', entry: 'record', path: record, kind: 'updated' },
  ],
} as unknown as Job;

it.each([
  ['none of it before the merge', 'none', { [record]: 'before\n' }],
  ['all of it where people left the record out', 'all', { [record]: 'before\n', [fragment]: 'new\n' }],
  ['all of it once a release has taken the file up', 'all', { [record]: 'after\n' }],
])('a change of a further file alone: %s', async (_, content, files: Readonly<Record<string, string>>) => {
  const readFile = async (commit: string, path: string) =>
    commit === 'base' && path === record ? 'before\n' : files[path];
  const deps = { installation, git: { readFile } } as unknown as Deps;
  expect(await contentAt(deps, job, 'head')).toBe(content);
});
