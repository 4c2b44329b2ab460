import { createTwoFilesPatch } from 'diff';
import type { DemoOptions } from '../../client/groups/sandboxPackage.ts';
import type { RegisterResult } from '../../core/run/reports.ts';
import type { StepName } from '../../core/run/steps.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { parseFault } from '../faults/parseFault.ts';
import { startSandbox, type Sandbox } from '../world/sandbox.ts';
import { failStep, stepNamed } from '../world/stepFaults.ts';
import { failureOf, failureText, type RunFailure } from '../../client/output/failure.ts';
import { showProgress, watchQuietly } from '../../client/output/follow.ts';
import { resultText } from '../../client/output/result.ts';
import { diffLines, heading, paint } from '../../client/output/style.ts';
import { endOnSignals, untilInterrupted } from '../../client/output/untilInterrupted.ts';
import { runningSandbox } from '../../client/runningSandbox.ts';
import { announce } from './announce.ts';
import { type Say, sayOf, tell } from './lines.ts';
import { IDS } from '../../core/run/ids.ts';

/** Exit codes of the demo. */
const FAILED = 1;
const NOT_AS_BEFORE = 2;

const LANDS_FIRST: ReadonlySet<DemoOptions['layout']> = new Set(['auto', 'helm', 'flux']);

/**
 * Registers a client on a sandbox of its own and shows what happened. Resolves with the exit code: 0 registered, 1 failed
 * and everything is as it was, 2 failed and it is not.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const land = LANDS_FIRST.has(options.layout) ? 'first' : 'last';
  const step = options.fail === undefined ? undefined : stepNamed(options.fail, land);
  const faults = options.fault.map(parseFault);
  const say = sayOf(options);
  endOnSignals();
  say(
    'Starting Temporal, a worker, and stand-ins for Git, 1Password, two clusters, Argo CD, External Secrets, Authentik …',
  );
  const sandbox = await startSandbox({
    layout: options.layout,
    mayApply: !options.discovery,
    cacheDir: options.cacheDir,
    log: say,
    ...(options.authentik === undefined ? {} : { authentikVersion: options.authentik }),
  });
  try {
    if ((await runningSandbox(options.cacheDir)) === undefined) await announce(sandbox, options.cacheDir);
    else say('Another sandbox runs here: commands that name no Temporal go to that one.');
    await sandbox.world.addFaults(...faults);
    if (step !== undefined)
      await failStep(sandbox.world, step, { land, slug: options.client, mayApply: !options.discovery });
    const { code, ...came } = await register(sandbox, options, step, say);
    const link = workflowUrl(sandbox, options.client);
    const stays = options.keep || process.stdout.isTTY;
    // A page of a server that stops with this command is no use to whoever reads what it printed.
    if (options.json) tell({ ...came, ...(stays ? { link } : {}) });
    if (stays) {
      say(`\nTemporal UI  ${link}\nThe sandbox stays up until Ctrl-C.`);
      await untilInterrupted();
    } else say('\nThe sandbox stops here, and Temporal with its UI; with --keep it stays up.');
    return code;
  } finally {
    await sandbox.stop();
  }
}

function workflowUrl({ temporal }: Sandbox, client: string): string {
  return `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(IDS.client(client))}`;
}

/** The same start as a person types it. */
export function startCommand(address: string, client: string): string {
  const workflow = `--type registerClient --task-queue oidc-registrar --workflow-id ${IDS.client(client)}`;
  return `temporal workflow start --address ${address} ${workflow} --fail-existing --input '{"client":"${client}"}'`;
}

/** What the demo came to: the run's result or its failure, and whether a failure has left everything as it was. */
type Outcome = { readonly code: number } & (RegisterResult | (RunFailure & { readonly asBefore: boolean }));

async function register(
  sandbox: Sandbox,
  options: DemoOptions,
  step: StepName | undefined,
  say: Say,
): Promise<Outcome> {
  const { world, client } = sandbox;
  const before = await world.snapshot();
  const base = await world.repository.head();
  say(heading(`Registering ${options.client}`));
  say(paint('dim', `  ${startCommand(sandbox.temporal.address, options.client)}`));
  if (step !== undefined) say(`  (made to fail at ${step})`);
  const handle = await client.workflow.start('registerClient', {
    taskQueue: 'oidc-registrar',
    workflowId: IDS.client(options.client),
    args: [{ client: options.client }],
    ...staticWords('registerClient', 'the demo', options.client),
  });
  await (options.json ? watchQuietly(handle) : showProgress(handle));
  try {
    const result = (await handle.result()) as RegisterResult;
    await showSuccess(sandbox, base, result, say);
    return { ...result, code: 0 };
  } catch (error) {
    say(heading('The run failed'));
    say(failureText(error));
    const code = await compareWithBefore(sandbox, before, say);
    return { ...failureOf(error), asBefore: code === FAILED, code };
  }
}

async function showSuccess({ world }: Sandbox, base: string, result: RegisterResult, say: Say): Promise<void> {
  const head = await world.repository.head();
  const { branch } = world.repository;
  say(heading(`The GitOps repository, ${branch} ${base.slice(0, 12)} → ${head.slice(0, 12)}`));
  say(diffLines(await world.repository.diff(base, head)));
  say(resultText(result));
}

/** What the run touched, against the state before it. */
async function compareWithBefore({ world }: Sandbox, before: unknown, say: Say): Promise<number> {
  await world.settled().catch(() => undefined);
  const after = await world.snapshot();
  const difference = differenceOf(
    withoutHistory(world.installation.gitops.land, before),
    withoutHistory(world.installation.gitops.land, after),
  );
  say(heading('Repository, vault, both clusters and Authentik against the state before'));
  if (difference === '') {
    say(`  ${paint('green', '✓')} no difference: everything is as it was`);
    return FAILED;
  }
  say(diffLines(difference));
  return NOT_AS_BEFORE;
}

/** With `land: first` the target branch keeps the change and the one that takes it back. */
function withoutHistory(land: string | undefined, snapshot: unknown): unknown {
  if (land !== 'first') return snapshot;
  const { repository, ...rest } = snapshot as { repository: { head: string } & Record<string, unknown> };
  const { head: _head, ...files } = repository;
  return { ...rest, repository: files };
}

/** A unified diff of two snapshots; empty where they are equal. */
function differenceOf(before: unknown, after: unknown): string {
  const texts = [before, after].map((value) => `${JSON.stringify(value, null, 2)}\n`);
  if (texts[0] === texts[1]) return '';
  return createTwoFilesPatch('before', 'after', texts[0] ?? '', texts[1] ?? '', undefined, undefined, { context: 4 });
}
