import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { loadDataConverter } from '../integrations/temporal/dataConverter.ts';
import { CONNECT_MS, reach } from '../integrations/temporal/reach.ts';
import { ids, useSandboxIds } from './ids.ts';
import { CACHE_DIR, runningSandbox } from './runningSandbox.ts';

/** Variables by which a person says which Temporal they mean. */
const SAID_BY = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: ConnectionOptions;
  /** It is that of the sandbox that runs here. */
  readonly sandbox: boolean;
  /** Address of its UI, where that is known. */
  readonly ui?: string;
}

/**
 * Where Temporal is: as a person says it in the environment, else the sandbox that runs here, else as Temporal's own tools
 * find it, by `TEMPORAL_*` and `temporal.toml`. What these hold for another server, a key among them, a sandbox is not given.
 */
export async function temporalPlace(cacheDir: string = CACHE_DIR): Promise<TemporalPlace> {
  const said = SAID_BY.some((name) => (process.env[name] ?? '') !== '');
  const running = said ? undefined : await runningSandbox(cacheDir);
  if (running !== undefined) {
    useSandboxIds();
    const { temporal: address, ui } = running;
    return { address, namespace: 'default', connectionOptions: { address }, sandbox: true, ui };
  }
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  const ui = process.env['TEMPORAL_UI_URL'];
  return { address, namespace, connectionOptions, sandbox: false, ...(ui ? { ui } : {}) };
}

/** Address of a run in Temporal's UI; undefined where nobody has said where that is (`TEMPORAL_UI_URL`). */
export async function linkTo({ workflowId }: { readonly workflowId: string }): Promise<string | undefined> {
  const { ui, namespace } = await temporalPlace();
  if (ui === undefined) return undefined;
  return `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

let told = false;

/** Tells a person, once and on stderr, which Temporal a command is about to change. */
export async function tellPlace(): Promise<void> {
  if (told) return;
  told = true;
  const { address, namespace, sandbox } = await temporalPlace();
  const whose = sandbox ? ', of the sandbox that runs here' : '';
  process.stderr.write(`Temporal at ${address}, namespace ${namespace}${whose}\n`);
}

/** A client for a command that changes something: where it does so is told first. Throws `Unavailable`. */
export async function connectToChange(): Promise<Client> {
  await tellPlace();
  return connectClient();
}

/** A client for a command that reads; of a sandbox that is told first, for nobody has named it. Throws `Unavailable`. */
export async function connectClient(): Promise<Client> {
  const { connectionOptions, namespace, address, sandbox } = await temporalPlace();
  if (sandbox) await tellPlace();
  // A name that is none is told before anything is asked or changed.
  ids();
  const dataConverter = sandbox ? {} : await loadDataConverter();
  const connection = await reach(
    address,
    () => Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS }),
    'temporal server start-dev, or oidc-registrar sandbox',
  );
  return new Client({ connection, namespace, dataConverter });
}
