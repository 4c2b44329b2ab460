import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** A fault that is put into a copy of the workflows, to see whether schedules find it. */
interface Spoil {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** By the name of the schedule in `kept` that finds it. */
export const SPOILS: Readonly<Record<string, Spoil>> = {
  'order-dropped': {
    file: 'register/compensations.ts',
    from: "after: ['patchExternalSecret', DELIVER_STEP],",
    to: 'after: [],',
  },
  'consumers-not-awaited': {
    file: 'register/compensations.ts',
    from: "after: ['patchExternalSecret', DELIVER_STEP],",
    to: "after: ['patchExternalSecret'],",
  },
  'registered-after-its-step': {
    file: 'kit/clientRun.ts',
    from: "this.saga.begin(name);\n    try {\n      const result = await this.patience.outlast('step', run);",
    to: "try {\n      const result = await this.patience.outlast('step', run);\n      this.saga.begin(name);",
  },
  'late-writes-not-outlasted': {
    file: 'kit/lateWrites.ts',
    from: "!hasPatch(installation, 'late-writes-end')",
    to: "hasPatch(installation, 'late-writes-end')",
  },
  'late-writes-cut-short': {
    file: 'kit/lateWrites.ts',
    from: 'await CancellationScope.nonCancellable(() => sleep(REQUEST_MS));',
    to: 'await sleep(REQUEST_MS);\n  void CancellationScope;',
  },
  'merge-not-awaited': {
    file: 'kit/landing.ts',
    from: "if (answer.state !== 'proposed') return answer;",
    to: "if (answer.state !== 'proposed') return answer;\n      if (deadline > 0) return { state: 'landed', commit: '', note: '' } as const;",
  },
  'look-not-awaited': {
    file: 'kit/looks.ts',
    from: "if (hasPatch(this.#installation, 'cancelled-look-ends'))",
    to: "if (!hasPatch(this.#installation, 'cancelled-look-ends'))",
  },
  'undo-cancellable': {
    file: 'kit/saga.ts',
    from: 'return CancellationScope.nonCancellable(async () => {\n      this.#scope',
    to: 'return CancellationScope.cancellable(async () => {\n      this.#scope',
  },
  'dead-run-not-covered': {
    file: 'kit/story.ts',
    from: "...(job.continued ? this.kind.steps('last', job) : [])",
    to: '',
  },
  'turn-not-released': {
    file: 'kit/takeTurn.ts',
    from: "run: () => run.undo('releaseTurn', compensation, `release ${turn}`, release),",
    to: 'run: async () => ({ undone: [], kept: [], blocks: false }),',
  },
  'landing-not-settled': {
    file: 'kit/endings.ts',
    from: 'LANDS[job.land].takenBack.length > 0',
    to: 'LANDS[job.land].takenBack.length >= 0',
  },
  'new-value-removed-in-use': {
    file: 'rotate/compensations.ts',
    from: "after: ['set', 'distribute'],",
    to: 'after: [],',
  },
  'consumer-restored-first': {
    file: 'rotate/compensations.ts',
    from: "after: ['set'],",
    to: 'after: [],',
  },
  'forgotten-instance-not-covered': {
    file: 'deregister/deregisterClient.ts',
    from: "this.saga.begin('removeApplication');",
    to: '',
  },
  'application-put-back-first': {
    file: 'deregister/compensations.ts',
    from: "after: ['takeOutBlueprint'],",
    to: 'after: [],',
  },
  'cancel-swallowed': {
    file: 'kit/clientRun.ts',
    from: 'if (!goesForward) throwIfCancelled();',
    to: 'void goesForward;',
  },
};

/** The workflow's file with the fault in it. Throws where the text that it replaces is not there once. */
export async function spoiled({ file, from, to }: Spoil): Promise<string> {
  const parts = (await readFile(path.join(root, 'workflows', file), 'utf8')).split(from);
  if (parts.length !== 2) throw new TypeError(`workflows/${file} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

/** Bundles a copy of the workflows with one of the faults in it, and returns the bundle's file. */
export async function bundleSpoiled(name: string): Promise<string> {
  const spoil = SPOILS[name];
  if (spoil === undefined) throw new TypeError(`no spoil "${name}"; there are ${Object.keys(SPOILS).join(', ')}`);
  const folder = path.join(root, '.cache', 'spoiled', name);
  const workflows = path.join(folder, 'workflows');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, 'workflows'), workflows, { recursive: true });
  // Of the other folders workflows use types alone.
  await symlink(path.join(root, 'core'), path.join(folder, 'core'));
  await writeFile(path.join(workflows, spoil.file), await spoiled(spoil));
  const bundle = path.join(folder, 'bundle.js');
  const workflowsPath = path.join(workflows, 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  await writeFile(bundle, code);
  return bundle;
}
