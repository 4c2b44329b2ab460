import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Scripts that start real API servers and real controllers, and how. */
export interface Tools {
  readonly apiServer: string;
  readonly controllers: string;
  readonly flux: string;
}

/** What each script needs to have been built. */
const PROGRAMS = {
  apiServer: ['kube-apiserver', 'kube-controller-manager'],
  controllers: ['external-secrets', 'argo-cd'],
  flux: ['source-controller', 'kustomize-controller', 'helm-controller'],
} as const;

/**
 * The tools of `KUBE_TEST_TOOLS`, or those beside this checkout, or in words why there are none. Nothing is built: the scripts would
 * take up to 45 minutes of it.
 */
export function findTools(env: NodeJS.ProcessEnv = process.env): Tools | string {
  const beside = fileURLToPath(new URL('../../../shared/tools/', import.meta.url));
  const folder = path.resolve(env['KUBE_TEST_TOOLS'] ?? beside);
  const tools = {
    apiServer: path.join(folder, 'kube-apiserver/kube-apiserver.sh'),
    controllers: path.join(folder, 'controllers/controllers.sh'),
    flux: fileURLToPath(new URL('flux/flux.sh', import.meta.url)),
  };
  for (const kind of ['apiServer', 'controllers'] as const) {
    if (!existsSync(tools[kind]))
      return `${path.relative(process.cwd(), tools[kind])} is not there (KUBE_TEST_TOOLS names its folder)`;
    const missing = missingOf(kind, tools[kind], env);
    if (missing !== undefined) return missing;
  }
  return tools;
}

/** In words which of Flux's programs are not built; undefined where all are. */
export function withoutFlux({ flux }: Tools, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return missingOf('flux', flux, env);
}

function missingOf(kind: keyof Tools, script: string, env: NodeJS.ProcessEnv): string | undefined {
  const built = folderOf(script, env);
  const missing = PROGRAMS[kind].filter((program) => !existsSync(path.join(built, program)));
  if (missing.length === 0) return undefined;
  return `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not built (KUBE_TEST_BIN names the folder of the programs)`;
}

/** Folder of Argo CD and its kustomize. */
export function programsOf({ controllers }: Tools, env: NodeJS.ProcessEnv = process.env): string {
  return folderOf(controllers, env);
}

/** Argo CD's repository server finds `helm` beside itself, or on the PATH. */
export function hasHelm(tools: Tools, env: NodeJS.ProcessEnv = process.env): boolean {
  const folders = [programsOf(tools, env), ...(env['PATH'] ?? '').split(path.delimiter)];
  return folders.some((folder) => existsSync(path.join(folder, 'helm')));
}

function folderOf(script: string, env: NodeJS.ProcessEnv): string {
  return env['KUBE_TEST_BIN'] ?? defaultFolder(script, env);
}

/** Where a script keeps its programs when nobody says: it names a folder of the cache, by their versions. */
function defaultFolder(script: string, env: NodeJS.ProcessEnv): string {
  const name = /^bin=\$\{KUBE_TEST_BIN:-.*\/([^/}]+)\}$/m.exec(readFileSync(script, 'utf8'))?.[1] ?? '';
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), name);
}
