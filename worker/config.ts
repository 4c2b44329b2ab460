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
    missing.push(`${error.message.replace(/\.$/, '')}. ${error.remedy}`);
    return undefined;
  }
}

function readText(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `there is no file ${file}` : `file ${file} cannot be read (${code})`;
    throw bad(`${variable}: ${why}.`, `Write it, or point ${variable} to another one.`);
  }
}

function token(env: Env, name: string, purpose: string): Secret {
  const found = optionalToken(env, name);
  if (found !== undefined) return found;
  throw bad(`${name} is not set: the token for ${purpose}.`, `Set ${name}, or ${name}_FILE to a file that holds it.`);
}

/** A newline at its end, as an editor or a shell leaves it, is no part of a token; one inside it cannot be sent. */
function optionalToken(env: Env, name: string): Secret | undefined {
  const file = env[`${name}_FILE`] ?? '';
  const direct = (env[name] ?? '').trim();
  const text = direct === '' && file !== '' ? readText(file, `${name}_FILE`).trim() : direct;
  if (/[^\x21-\x7e]/.test(text))
    throw bad(`${name} holds more than one word of printable ASCII.`, 'Give the token alone.');
  return text === '' ? undefined : new Secret(text);
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}

function checkClusters(installation: Installation, missing: string[]): void {
  const wanted = { 'argocd.cluster': installation.argocd.cluster, 'authentik.cluster': installation.authentik.cluster };
  for (const [field, name] of Object.entries(wanted)) {
    const cluster = installation.clusters[name];
    if (cluster === undefined) missing.push(`registrar.yaml: ${field} is "${name}", which clusters does not name.`);
    const file = cluster?.kubeconfig;
    const line = `registrar.yaml: there is no file ${file}, the kubeconfig of cluster "${name}".`;
    if (file !== undefined && !existsSync(file) && !missing.includes(line)) missing.push(line);
  }
}
