import type { ControlVerb, SandboxOptions } from '../../client/groups/sandboxPackage.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { shellWord } from '../../core/base/words.ts';
import { parseFault } from '../faults/parseFault.ts';
import { type Sandbox, startSandbox } from '../world/sandbox.ts';
import { endOnSignals, untilInterrupted } from '../../client/output/untilInterrupted.ts';
import { refuseSecond, runningSandbox } from '../../client/runningSandbox.ts';
import { announce } from './announce.ts';
import { startCommand } from './demo.ts';
import { sayOf, tell } from './lines.ts';

/** Starts a sandbox with a worker and keeps it up until Ctrl-C. */
export async function sandbox(options: SandboxOptions): Promise<void> {
  const faults = options.fault.map(parseFault);
  const say = sayOf(options);
  endOnSignals();
  await refuseSecond(options.cacheDir);
  const running = await startSandbox({
    layout: options.layout,
    mayApply: !options.discovery,
    cacheDir: options.cacheDir,
    log: say,
    ...(options.authentik === undefined ? {} : { authentikVersion: options.authentik }),
  });
  const { world, temporal, logs } = running;
  try {
    await world.addFaults(...faults);
    await announce(running, options.cacheDir);
    if (options.json) tell(placesOf(running));
    say(`
The sandbox is up.
  Temporal       ${temporal.address}
  Temporal UI    ${temporal.uiUrl}
  temporal CLI   ${running.cli}
  Authentik      ${world.authentik.url}
  1Password      ${world.connect.url}
  Git            git clone ${shellWord(world.repository.dir)}
  clusters       ${world.dir}/*.kubeconfig
  worker log     ${logs.worker}

Register a client, from another terminal:
  oidc-registrar register zot
or by Temporal's own program:
  ${startCommand(temporal.address, 'zot')}
Put a fault in:
  oidc-registrar sandbox fault 'authentik:neverSuccessful'
`);
    await untilInterrupted();
  } finally {
    await running.stop();
  }
}

/** Where everything of it is, for a program. */
function placesOf({ world, temporal, cli, logs }: Sandbox) {
  return {
    temporal: temporal.address,
    temporalUi: temporal.uiUrl,
    temporalCli: cli,
    authentik: world.authentik.url,
    onePassword: world.connect.url,
    git: world.repository.dir,
    kubeconfigs: world.dir,
    workerLog: logs.worker,
  };
}

/** Talks to the sandbox that runs in another terminal. Prints its answer. */
export async function controlSandbox(cacheDir: string, verb: ControlVerb, argument = ''): Promise<void> {
  const { control } = await theRunning(cacheDir);
  const [method, route] = ROUTES[verb];
  const response = await fetch(`${control}${route}`, { method, ...(verb === 'fault' ? { body: argument } : {}) });
  const body = (await response.json()) as { message?: string };
  if (!response.ok) {
    throw new RegistrarError({
      system: 'oidc-registrar',
      kind: 'BadInput',
      message: body.message ?? `the sandbox answered ${response.status}`,
      remedy: 'See oidc-registrar sandbox fault --help.',
    });
  }
  tell(body);
}

const ROUTES: Readonly<Record<ControlVerb, readonly [string, string]>> = {
  fault: ['POST', '/faults'],
  clear: ['DELETE', '/faults'],
  faults: ['GET', '/faults'],
  snapshot: ['GET', '/snapshot'],
  sync: ['POST', '/sync'],
};

async function theRunning(cacheDir: string): Promise<{ control: string }> {
  const found = await runningSandbox(cacheDir);
  if (found !== undefined) return found;
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'NotFound',
    message: 'no sandbox runs',
    remedy: 'Start one in another terminal: oidc-registrar sandbox.',
  });
}
