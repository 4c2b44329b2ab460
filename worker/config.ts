import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RegistrarError } from '../core/errors.ts';
import type { Installation } from '../core/installation.ts';
import { readInstallation } from '../core/readFiles.ts';
import { Secret } from '../core/secret.ts';

export const TASK_QUEUE = 'oidc-registrar';

export interface WorkerConfig {
  readonly installation: Installation;
  readonly digest: string;
  readonly connectToken: Secret;
  readonly authentikToken: Secret;
  readonly gitToken: Secret | undefined;
  /** Folder for the clone of the GitOps repository. */
  readonly cacheDir: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads `registrar.yaml` and the tokens. A token comes from `NAME` or from the file that `NAME_FILE` names. Throws one
 * `BadInput` that lists every missing thing.
 */
export function loadWorkerConfig(env: Env): WorkerConfig {
  const missing: string[] = [];
  const file = env['REGISTRAR_CONFIG'] ?? 'registrar.yaml';
  const installation = attempt(missing, () => readInstallation(readText(file, 'REGISTRAR_CONFIG'), file));
  const connectToken = attempt(missing, () => token(env, 'OP_CONNECT_TOKEN', 'the 1Password Connect server'));
  const authentikToken = attempt(missing, () => token(env, 'AUTHENTIK_TOKEN', "Authentik's API"));
  const gitToken = attempt(missing, () => optionalToken(env, 'GITOPS_TOKEN'));
  if (installation !== undefined) checkClusters(installation, missing);
  if (missing.length > 0 || installation === undefined || connectToken === undefined || authentikToken === undefined) {
    throw new RegistrarError({
      system: 'registrar.yaml',
      kind: 'BadInput',
      message: `the worker cannot start:\n${missing.map((line) => `  - ${line}`).join('\n')}`,
      remedy: 'Set what is named; the README lists every variable.',
    });
  }
  const digest = createHash('sha256').update(JSON.stringify(installation)).digest('hex');
  const cacheDir = env['REGISTRAR_CACHE_DIR'] ?? path.join(tmpdir(), 'oidc-registrar');
  return { installation, digest, connectToken, authentikToken, gitToken, cacheDir };
}

function attempt<T>(missing: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    missing.push(`${error.message} ${error.remedy}`);
    return undefined;
  }
}

function readText(file: string, variable: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: `${variable}: there is no file ${file}.`,
    remedy: `Write it, or point ${variable} to it.`,
  });
}

function token(env: Env, name: string, purpose: string): Secret {
  const found = optionalToken(env, name);
  if (found !== undefined) return found;
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: `${name} is not set: the token for ${purpose}.`,
    remedy: `Set ${name}, or ${name}_FILE to a file that holds it.`,
  });
}

function optionalToken(env: Env, name: string): Secret | undefined {
  const direct = env[name];
  if (direct !== undefined && direct !== '') return new Secret(direct);
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  const text = readText(file, `${name}_FILE`).trim();
  return text === '' ? undefined : new Secret(text);
}

function checkClusters(installation: Installation, missing: string[]): void {
  const wanted = { 'argocd.cluster': installation.argocd.cluster, 'authentik.cluster': installation.authentik.cluster };
  for (const [field, name] of Object.entries(wanted)) {
    if (installation.clusters[name] === undefined)
      missing.push(`registrar.yaml: ${field} is "${name}", which clusters does not name.`);
  }
}
