import { rememberAuthorization } from '../../core/masking/masked.ts';
import type { Secret } from '../../core/base/secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What git, ssh, gpg and the filters that git starts need of the worker's environment. Nothing else reaches them: neither tokens nor the
 * paths of files that hold one.
 */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|XDG_(CONFIG_HOME|RUNTIME_DIR)|SSH_(AUTH_SOCK|ASKPASS)|GNUPGHOME|GPG_TTY|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE)$/i;

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
    if (value !== undefined && (NEEDED.test(name) || KEPT.test(name))) kept[name] = value;
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
  for (const value of Object.values(env)) rememberAuthorization(/^authorization: *(.*)/i.exec(value ?? '')?.[1]);
  if (token === undefined || !/^https?:\/\//.test(remote)) return {};
  const number = Number(env['GIT_CONFIG_COUNT'] ?? '0');
  const basic = Buffer.from(`oauth2:${token.reveal()}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: String(number + 1),
    [`GIT_CONFIG_KEY_${number}`]: `http.${new URL(remote).origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${number}`]: `Authorization: Basic ${basic}`,
  };
}
