import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CASES, filesOf, inOrder, RESULTS } from '../sandbox/kustomize/cases.ts';
import { findTools, programsOf } from './tools.ts';

const tools = findTools();

/** Null where it refuses. */
async function built(
  files: Readonly<Record<string, string>>,
  kustomize: string,
): Promise<readonly { kind: string }[] | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-kustomize-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    const { stdout, exitCode } = await execa(kustomize, ['build', folder], { reject: false });
    if (exitCode !== 0) return null;
    return parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe.skipIf(typeof tools === 'string')('the kustomize of the real Argo CD still answers as recorded:', () => {
  it.each(CASES)('$name', async (each) => {
    const kustomize = path.join(typeof tools === 'string' ? '' : programsOf(tools), 'kustomize');
    const recorded = JSON.parse(await readFile(RESULTS, 'utf8')) as Readonly<Record<string, unknown>>;
    const made = await built(filesOf(each), kustomize);
    expect(made === null ? null : inOrder(made)).toEqual(recorded[each.name]);
  });
});
