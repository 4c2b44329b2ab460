import type { Secret } from '../../core/secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Tokens of the worker for other systems: neither git nor what it starts needs them. */
const OTHERS = new Set([
  'OP_CONNECT_TOKEN',
  'OP_SERVICE_ACCOUNT_TOKEN',
  'AUTHENTIK_TOKEN',
  'GITOPS_TOKEN',
  'FORGE_TOKEN',
  'REGISTRAR_NOTIFY_URL',
  'REGISTRAR_NOTIFY_TOKEN',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
]);

/**
 * How to reach a remote. Git's other variables (GIT_DIR, GIT_INDEX_FILE, GIT_AUTHOR_NAME, …) are set inside its hooks, and
 * would turn our commands to another repository or author.
 */
const KEPT =
  /^GIT_(SSH|ASKPASS|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_|VALUE_)|SSL_|PROXY_|HTTP_|EXEC_PATH|ALLOW_PROTOCOL)/;

/** The environment of every git command: nobody is asked anything, and the words are English. */
export function gitEnvironment(env: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OTHERS.has(name) || (name.startsWith('GIT_') && !KEPT.test(name))) continue;
    kept[name] = value;
  }
  return {
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: env['GIT_SSH_COMMAND'] ?? 'ssh -o BatchMode=yes',
  };
}

/**
 * The token as a header for the remote's own host, through the environment: never in an argument, an address or a file.
 * Settings that came through the environment stay.
 */
export function authorization(
  remote: string,
  token: Secret | undefined,
  env: Environment,
): Readonly<Record<string, string>> {
  if (token === undefined || !/^https?:\/\//.test(remote)) return {};
  const number = Number(env['GIT_CONFIG_COUNT'] ?? '0');
  const basic = Buffer.from(`oauth2:${token.reveal()}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: String(number + 1),
    [`GIT_CONFIG_KEY_${number}`]: `http.${new URL(remote).origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${number}`]: `Authorization: Basic ${basic}`,
  };
}
