import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RegistrarError } from '../core/base/errors.ts';
import type { Installation } from '../core/installation/installation.ts';
import { readInstallation } from '../core/installation/readFiles.ts';
import { Secret } from '../core/base/secret.ts';
import { type MetricsAddress, metricsAddress } from './metrics/address.ts';
import { checkForge } from './openForge.ts';
import { tracesAsked } from './traces/asked.ts';
import { workerVersion, type WorkerVersion } from './versioning.ts';
import { type Ids, idsOfEnvironment } from '../core/run/ids.ts';
import { own } from '../core/base/own.ts';
import { vaultToken } from '../core/vault/vaults.ts';

/** One command of git or of Ansible's parser may take as long. */
export const PROGRAM_TIMEOUT_MS = 45_000;

/**
 * A worker that is told to stop lets its activities work for so long before it cancels them. Whoever stops it by force must leave it
 * this and {@link PROGRAM_TIMEOUT_MS}: `terminationGracePeriodSeconds` in deploy/kubernetes, `stop_grace_period` in docker-compose.yml.
 */
export const SHUTDOWN_GRACE_MS = 10_000;

export interface WorkerConfig {
  readonly installation: Installation;
  /** By which Temporal knows what belongs to this installation. */
  readonly ids: Ids;
  /** sha256 of the whole file with its defaults: the digest of runs that an older release began. */
  readonly formerDigest: string;
  /** For the vault that `vault.kind` names. */
  readonly vaultToken: Secret;
  readonly authentikToken: Secret;
  readonly gitToken: Secret | undefined;
  /** Opens and closes pull requests; undefined where people do, and where changes land by push. */
  readonly forgeToken: Secret | undefined;
  /** Where people are told about runs; undefined where registrar.yaml has no `notify`. */
  readonly notify: NotifyConfig | undefined;
  /** Folder for the clone of the GitOps repository. */
  readonly cacheDir: string;
  /** Where metrics and health are served; undefined where nowhere. */
  readonly metrics: MetricsAddress | undefined;
  /** Whether OpenTelemetry's variables ask for traces. */
  readonly traces: boolean;
  /** For Worker Versioning; undefined where the worker is to take every task. */
  readonly version: WorkerVersion | undefined;
}

interface NotifyConfig {
  readonly shape: NonNullable<Installation['notify']>['shape'];
  readonly url: Secret;
  readonly token?: Secret;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads `registrar.yaml` and the tokens. A token comes from `NAME` or from the file that `NAME_FILE` names; the file is read
 * again for each request. Throws one `BadInput` that lists every missing thing.
 */
export function loadWorkerConfig(env: Env): WorkerConfig {
  const missing: string[] = [];
  const file = env['REGISTRAR_CONFIG'] ?? 'registrar.yaml';
  const installation = attempt(missing, () => readInstallation(readText(file, 'REGISTRAR_CONFIG'), file));
  const vaultToken = installation && attempt(missing, () => tokenOfVault(env, installation));
  const authentikToken = attempt(missing, () => token(env, 'AUTHENTIK_TOKEN', "Authentik's API"));
  const gitToken = attempt(missing, () => optionalToken(env, 'GITOPS_TOKEN'));
  const forgeToken = attempt(missing, () => forgeTokenOf(env, installation?.gitops));
  if (installation !== undefined) checkClusters(installation, missing);
  const notify = attempt(missing, () => notifyConfig(env, installation?.notify));
  const metrics = attempt(missing, () => metricsAddress(env['METRICS_ADDRESS']));
  const traces = attempt(missing, () => tracesAsked(env)) ?? false;
  const version = attempt(missing, () => workerVersion(env));
  const ids = attempt(missing, () => idsOfEnvironment(env));
  if (missing.length > 0 || !installation || !vaultToken || !authentikToken || !ids) {
    throw new RegistrarError({
      system: 'registrar.yaml',
      kind: 'BadInput',
      message: `the worker cannot start:\n${missing.map((line) => `  - ${line}`).join('\n')}`,
      remedy: 'Set what is named; docs/reference/environment.md lists every variable.',
    });
  }
  // Releases that made it knew neither, and no place is among them.
  const { policy: _policy, checks: _checks, ...known } = installation;
  const formerDigest = createHash('sha256').update(JSON.stringify(known)).digest('hex');
  const cacheDir = env['REGISTRAR_CACHE_DIR'] ?? path.join(tmpdir(), 'oidc-registrar');
  return {
    installation,
    ids,
    formerDigest,
    vaultToken,
    authentikToken,
    gitToken,
    forgeToken,
    notify,
    cacheDir,
    metrics,
    traces,
    version,
  };
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

/** Several may be set, for other programs of the machine: `vault.kind` says which one is meant, and without it nobody knows. */
function tokenOfVault(env: Env, installation: Installation): Secret {
  const { variable, of } = vaultToken(installation);
  return token(env, variable, of);
}

type Check = (text: string) => void;

/** The token of `NAME`, or that of the file, which is read again whenever the token is used. */
function optionalToken(env: Env, name: string, check: Check = () => {}): Secret | undefined {
  const file = env[`${name}_FILE`] ?? '';
  const direct = (env[name] ?? '').trim();
  if (direct !== '' || file === '') return direct === '' ? undefined : new Secret(checked(name, direct, check));
  const read = (): string => checked(name, readText(file, `${name}_FILE`), check);
  const text = read();
  return text === '' ? undefined : new Secret(renewed(read, text));
}

/** The text of now; that of the last time while there is none that can be used, as when the file is just being replaced. */
function renewed(read: () => string, first: string): () => string {
  let last = first;
  return () => {
    try {
      last = read() || last;
    } catch (error) {
      if (!(error instanceof RegistrarError)) throw error;
    }
    return last;
  };
}

/** A newline at its end, as an editor or a shell leaves it, is no part of a token; one inside it cannot be sent. */
function checked(name: string, text: string, check: Check): string {
  const token = text.trim();
  if (/[^\x21-\x7e]/.test(token))
    throw bad(`${name} holds more than one word of printable ASCII.`, 'Give the token alone.');
  if (token !== '') check(token);
  return token;
}

function forgeTokenOf(env: Env, gitops: Installation['gitops'] | undefined): Secret | undefined {
  if (gitops?.landBy !== 'pullRequest') return undefined;
  const found = optionalToken(env, 'FORGE_TOKEN');
  if (found !== undefined) checkForge(gitops);
  return found;
}

/** The address is a secret of its own, so no error shows it. */
function notifyConfig(env: Env, notify: Installation['notify']): NotifyConfig | undefined {
  if (notify === undefined) return undefined;
  const url = optionalToken(env, 'REGISTRAR_NOTIFY_URL', (text) => checkNotifyUrl(text, notify.shape));
  if (url === undefined) {
    const remedy = 'Set REGISTRAR_NOTIFY_URL, or REGISTRAR_NOTIFY_URL_FILE to a file that holds it.';
    throw bad('REGISTRAR_NOTIFY_URL is not set, and registrar.yaml has notify.', remedy);
  }
  const bearer = optionalToken(env, 'REGISTRAR_NOTIFY_TOKEN');
  return { shape: notify.shape, url, ...(bearer === undefined ? {} : { token: bearer }) };
}

/** Topics of ntfy are letters, digits, "-" and "_", 64 at most (its server, `topicRegex`). */
function checkNotifyUrl(url: string, shape: NotifyConfig['shape']): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw bad('REGISTRAR_NOTIFY_URL is no http or https address.', 'Give the whole address, from https:// on.');
  if (parsed.username !== '' || parsed.password !== '')
    throw bad('REGISTRAR_NOTIFY_URL holds a user or a password.', 'Use REGISTRAR_NOTIFY_TOKEN instead.');
  if (shape === 'ntfy' && !/\/[-\w]{1,64}\/?$/.test(parsed.pathname))
    throw bad('REGISTRAR_NOTIFY_URL names no topic of ntfy.', 'Give the address of the topic: https://server/topic.');
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}

function checkClusters(installation: Installation, missing: string[]): void {
  const wanted = {
    ...(installation.argocd === undefined ? {} : { 'argocd.cluster': installation.argocd.cluster }),
    ...(installation.flux?.cluster === undefined ? {} : { 'flux.cluster': installation.flux.cluster }),
    'authentik.cluster': installation.authentik.cluster,
  };
  for (const [field, name] of Object.entries(wanted)) {
    const cluster = own(installation.clusters, name);
    if (cluster === undefined) missing.push(`registrar.yaml: ${field} is "${name}", which clusters does not name.`);
    const file = cluster?.kubeconfig;
    const line = `registrar.yaml: there is no file ${file}, the kubeconfig of cluster "${name}".`;
    if (file !== undefined && !existsSync(file) && !missing.includes(line)) missing.push(line);
  }
}
