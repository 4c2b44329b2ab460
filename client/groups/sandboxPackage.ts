import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RegistrarError } from '../../core/base/errors.ts';

export interface SandboxOptions {
  /** Name of a sample repository. */
  readonly layout: 'manual' | 'auto' | 'consumers' | 'helm' | 'flux';
  /** Faults as people write them, such as `authentik:neverSuccessful`. */
  readonly fault: readonly string[];
  readonly discovery: boolean;
  readonly authentik: string | undefined;
  readonly cacheDir: string;
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

/**
 * Loads the sandbox, a package of its own that the worker's image does not hold: so it is found by its place, and by no import. Throws
 * `NotFound` where it is absent.
 */
export async function loadSandbox(): Promise<SandboxCommands> {
  const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const entry = new URL(`../../sandbox/commands/index.${suffix}`, import.meta.url);
  if (existsSync(fileURLToPath(entry))) return (await import(entry.href)) as SandboxCommands;
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'NotFound',
    message: "this installation has no sandbox: it is a package of its own, and no part of the worker's image",
    remedy: 'Run it from a clone of the repository: npm run demo, or npm run sandbox.',
  });
}
