import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { parseAst } from 'vitest/node';

/** An `await` of the workflows, where a later version may wait for something more. */
export interface Wait {
  /** `file:line:column`. */
  readonly place: string;
  readonly number: number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Tells of each wait that a run comes to, and lets it sleep there, cancelled or not, where its memo says so. */
const RUNTIME = `
import { CancellationScope, proxySinks, sleep, workflowInfo } from '@temporalio/workflow';
const { waits } = proxySinks();
export function sleepsAt(wait) {
  waits.reached(wait);
  return workflowInfo().memo?.sleepsAt === wait;
}
export const aMoment = () => CancellationScope.nonCancellable(() => sleep(1));
`;

/**
 * All variants of the workflows that wait once more, in one bundle: before each `await` of the sources a run sleeps if its memo
 * has that one's number as `sleepsAt`. Any other run does exactly what the sources say.
 */
export async function bundleMutated(dir: string): Promise<{ waits: readonly Wait[]; bundle: WorkflowBundle }> {
  await rm(dir, { recursive: true, force: true });
  const workflows = path.join(dir, 'workflows');
  await mkdir(dir, { recursive: true });
  await cp(path.join(root, 'workflows'), workflows, { recursive: true });
  // Of the other folders workflows use types alone.
  await symlink(path.join(root, 'core'), path.join(dir, 'core'));
  const waits: Wait[] = [];
  for (const file of (await readdir(workflows, { recursive: true }))
    .filter((each) => each.endsWith('.ts'))
    .toSorted()) {
    const text = await readFile(path.join(workflows, file), 'utf8');
    await writeFile(path.join(workflows, file), mutated(file, text, waits));
  }
  await writeFile(path.join(workflows, 'mutation.ts'), RUNTIME);
  const bundle = await bundleWorkflowCode({
    workflowsPath: path.join(workflows, 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  return { waits, bundle };
}

/** The text with a possible sleep before each of its awaits, which are added to the list. */
function mutated(file: string, text: string, waits: Wait[]): string {
  const insertions: { readonly at: number; readonly text: string }[] = [];
  for (const { start, end } of awaitsIn(parseAst(text, { lang: 'ts' }))) {
    const number = waits.length;
    waits.push({ number, place: placeOf(file, text, start) });
    insertions.push({ at: start, text: `(sleepsAt(${number}) && (await aMoment()), ` }, { at: end, text: ')' });
  }
  if (insertions.length === 0) return text;
  const pieces = insertions.toSorted((a, b) => b.at - a.at);
  const body = pieces.reduce((done, { at, text: piece }) => done.slice(0, at) + piece + done.slice(at), text);
  const up = path.posix.relative(path.posix.dirname(file), '.') || '.';
  return `import { aMoment, sleepsAt } from '${up}/mutation.ts';\n${body}`;
}

function placeOf(file: string, text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function awaitsIn(node: unknown): readonly Range[] {
  if (Array.isArray(node)) return node.flatMap(awaitsIn);
  if (typeof node !== 'object' || node === null) return [];
  const { type, start, end } = node as Range & { readonly type?: unknown };
  return [...(type === 'AwaitExpression' ? [{ start, end }] : []), ...Object.values(node).flatMap(awaitsIn)];
}
