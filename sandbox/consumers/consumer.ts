import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { Faults } from '../faults/faults.ts';
import { startStandIn, type StandIn } from '../kit/http.ts';

export interface ConsumerStandIn extends StandIn {
  /** What `ansible.apply` and `probes` of registrar.yaml say, so that the job reaches it. */
  readonly settings: Pick<InstallationInput, 'ansible' | 'probes'>;
  /** How often its playbook was run. */
  runs(): number;
  /** Runs the playbook as a person would, at a shell of their own. */
  byHand(client: string): Promise<void>;
  /** Whether a login at Authentik would work with what it holds. */
  works(client: string): Promise<boolean>;
}

export interface ConsumerOptions {
  readonly dir: string;
  readonly faults: Faults;
  /** What the vault says of a field. */
  readonly readSecret: (vaultField: string) => Promise<string | undefined>;
  readonly authentikUrl: string;
  /** Vault field and client id of a client. */
  readonly naming: (client: string) => { readonly vaultField: string; readonly clientId: string };
}

/**
 * Stand-in for a host with services that take a client secret: `POST /playbook` does what a playbook does there (reads the vault
 * and writes a credentials file), `GET /login` what a browser's login comes to, the service authenticating itself to Authentik.
 * One credentials file a client.
 */
export async function startConsumer(options: ConsumerOptions): Promise<ConsumerStandIn> {
  let runs = 0;
  const apply = async (client: string): Promise<void> => {
    runs += 1;
    const { vaultField } = options.naming(client);
    const value = await options.readSecret(vaultField);
    if (value === undefined) throw new Error(`the vault has no ${vaultField}`);
    // Whole or not at all, as Ansible writes: a login meanwhile reads the old one.
    const written = `${fileOf(options, client)}.${runs}`;
    await writeFile(written, value, { mode: 0o600 });
    await rename(written, fileOf(options, client));
  };
  const works = async (client: string): Promise<boolean> => {
    const secret = await readFile(fileOf(options, client), 'utf8').catch(() => '');
    const body = new URLSearchParams({
      token: 'somebody-elses',
      client_id: options.naming(client).clientId,
      client_secret: secret,
    });
    return (await fetch(`${options.authentikUrl}/application/o/revoke/`, { method: 'POST', body })).status === 200;
  };
  const standIn = await startStandIn({
    system: 'consumer',
    faults: options.faults,
    handle: async ({ method, path: asked, query }) => {
      const client = query.get('client') ?? '';
      if (method === 'POST' && asked === '/playbook') {
        await apply(client);
        return { status: 200, body: 'PLAY RECAP' };
      }
      if (asked === '/login') return { status: (await works(client)) ? 200 : 503, body: '' };
      return asked === '/ping' ? { status: 200, body: 'pong' } : { status: 404, body: '' };
    },
  });
  return { ...standIn, settings: settingsFor(standIn.url), runs: () => runs, byHand: apply, works };
}

function fileOf({ dir }: ConsumerOptions, client: string): string {
  return path.join(dir, `credentials-of-${client}`);
}

/** Of Node.js the part that asks by HTTP: to load `fetch` takes as long as Node.js takes to start. */
const ASK =
  "const [, method, url] = process.argv; require('node:http').request(url, { method }, (response) => " +
  '{ process.exitCode = response.statusCode === 200 ? 0 : 2; response.resume(); })' +
  ".on('error', () => { process.exitCode = 4; }).end();";

/** Without a shell and without Ansible: the playbook's part is played by the stand-in. */
function settingsFor(url: string): ConsumerStandIn['settings'] {
  const ask = (method: string, what: string): string[] => [process.execPath, '-e', ASK, method, `${url}${what}`];
  return {
    ansible: {
      apply: { command: ask('POST', '/playbook?client={client}'), check: ask('GET', '/ping') },
    },
    probes: { login: { command: ask('GET', '/login?client={client}') } },
  };
}
