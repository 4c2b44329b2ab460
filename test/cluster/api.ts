import { request } from 'node:https';
import { parse, stringify } from 'yaml';

export interface ApiAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  readonly body: any;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly name: string; readonly user: { readonly token: string } }[];
  readonly contexts: readonly { readonly context: { readonly cluster: string; readonly user: string } }[];
}

/** Plain requests to a real API server, for what the job's own adapter has no method for. */
export class Api {
  readonly kubeconfig: string;
  readonly server: string;
  readonly ca: string;
  readonly #token: string;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    this.kubeconfig = kubeconfig;
    this.server = clusters[0]?.cluster.server ?? '';
    this.ca = clusters[0]?.cluster['certificate-authority-data'] ?? '';
    this.#token = users[0]?.user.token ?? '';
  }

  /** The same server with another token. */
  as(token: string): Api {
    const config = parse(this.kubeconfig) as Kubeconfig;
    return new Api(stringify({ ...config, users: config.users.map((user) => ({ ...user, user: { token } })) }));
  }

  send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': type };
      const ca = Buffer.from(this.ca, 'base64');
      const sent = request(`${this.server}${path}`, { method, headers, ca, timeout: 15_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text });
        });
      });
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} took too long`)));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Throws where the server refuses. */
  async must(method: string, path: string, body?: unknown, type?: string): Promise<ApiAnswer['body']> {
    const answer = await this.send(method, path, body, type);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Server-side apply by a field manager. */
  apply(path: string, object: unknown, manager = 'cluster-test'): Promise<ApiAnswer> {
    return this.send('PATCH', `${path}?fieldManager=${manager}`, object, 'application/apply-patch+yaml');
  }

  /** A token of a service account, as `kubectl create token` asks for it. */
  async tokenOf(namespace: string, account: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } };
    return ((await this.must('POST', path, body)) as { status: { token: string } }).status.token;
  }
}
