import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RegistrarError } from '../../core/base/errors.ts';

export interface SandboxOptions {
  /** Name of a sample repository. */
  readonly layout: 'manual' | 'auto' | 'consumers' | 'helm' | 'flux';
  /** Faults as people write them, such as `authentik:neverSuccessful`. */
  readonly fault: readonly string[];
  readonly discovery: boolean;
  readonly authentik: string | undefined;
  readonly cacheDir: string;
  /** Print one object in place of what a person reads. */
  readonly json: boolean;
}

export interface DemoOptions extends SandboxOptions {
  readonly client: string;
  /** Step that is to fail. */
  readonly fail: string | undefined;
  readonly keep: boolean;
}

export type ControlVerb = 'fault' | 'clear' | 'faults' | 'snapshot' | 'sync';

/** What the sandbox's package gives the command line. */
export interface SandboxCommands {
  /** Resolves with the exit code. */
  demo(options: DemoOptions): Promise<number>;
  sandbox(options: SandboxOptions): Promise<void>;
  controlSandbox(cacheDir: string, verb: ControlVerb, argument?: string): Promise<void>;
}

const SUFFIX = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** The program of the worker that belongs to this command line; the sandbox starts it. */
export const WORKER_PROGRAM = fileURLToPath(new URL(`../../worker/main.${SUFFIX}`, import.meta.url));

/**
 * Loads the sandbox, a package of its own that the worker's image does not hold: so it is found by its place in a clone, or by its name,
 * and by no import. Throws `NotFound` where it is absent.
 */
export async function loadSandbox(): Promise<SandboxCommands> {
  const inClone = new URL(`../../sandbox/commands/index.${SUFFIX}`, import.meta.url);
  const entry = existsSync(fileURLToPath(inClone)) ? inClone.href : installedSandbox();
  return (await import(entry)) as SandboxCommands;
}

function installedSandbox(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('oidc-registrar-sandbox')).href;
  } catch {
    throw new RegistrarError({
      system: 'oidc-registrar',
      kind: 'NotFound',
      message: "this installation has no sandbox: it is a package of its own, and no part of the worker's image",
      remedy:
        'Install oidc-registrar-sandbox of the same version beside oidc-registrar, or use a clone: npm run demo, or npm run sandbox.',
    });
  }
}
