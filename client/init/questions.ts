import { VAULT_QUESTIONS } from '../../core/vault/fromFiles.ts';

/** What `init` asks where the repository does not tell it, or tells several: each has an option that answers it. */
export interface Question {
  /** Name of the option, without its dashes. */
  readonly option: string;
  /** What the option takes, as its help says it. */
  readonly takes: string;
  /** The setting of registrar.yaml that it is about. */
  readonly setting: string;
  readonly asks: string;
  /** How a person finds it out, where the repository does not tell. */
  readonly hint?: string;
}

const table = {
  deployment: {
    takes: 'file#name',
    setting: 'authentik.deployment',
    asks: "Which one is Authentik's worker, a Deployment or the values of its chart?",
  },
  blueprints: {
    takes: 'file#name | new',
    setting: 'authentik.blueprints',
    asks: 'Which ConfigMap holds the blueprints of the clients? (new: init makes one, where each client has its own)',
  },
  'external-secret': {
    takes: 'file#name',
    setting: 'authentik.externalSecret',
    asks: 'Which ExternalSecret brings the client secrets to the worker?',
  },
  'deploy-by': {
    takes: 'deployer',
    setting: 'authentik.deployBy',
    asks: 'Who deploys these files?',
  },
  application: { takes: 'name', setting: 'authentik.application', asks: 'Which Application deploys them?' },
  kustomization: { takes: 'name', setting: 'authentik.kustomization', asks: 'Which Kustomization deploys them?' },
  'helm-release': { takes: 'name', setting: 'authentik.helmRelease', asks: 'Which HelmRelease makes the Deployment?' },
  remote: {
    takes: 'url',
    setting: 'gitops.remote',
    asks: 'Address of the GitOps repository, without credentials?',
    hint: 'git remote get-url origin',
  },
  branch: { takes: 'name', setting: 'gitops.branch', asks: 'Its branch that is deployed?' },
  url: {
    takes: 'url',
    setting: 'authentik.url',
    asks: 'Address of Authentik?',
    hint: 'where people sign in, such as https://auth.example.com',
  },
  namespace: {
    takes: 'name',
    setting: 'authentik.namespace',
    asks: 'Namespace that Authentik runs in?',
    hint: 'kubectl get deployments --all-namespaces',
  },
  cluster: { takes: 'name', setting: 'authentik.cluster', asks: "A name of your own for Authentik's cluster?" },
  'argocd-cluster': {
    takes: 'name',
    setting: 'argocd.cluster',
    asks: 'A name of your own for the cluster of Argo CD?',
  },
} as const satisfies Readonly<Record<string, Omit<Question, 'option'>>>;

export type QuestionName = keyof typeof table;

export function question(option: QuestionName): Question {
  return { option, ...table[option] };
}

export const VAULT: readonly (Question & { readonly key: string })[] = VAULT_QUESTIONS.map(
  ({ key, option, asks, hint }) => ({ key, option, asks, hint, takes: 'text', setting: `vault.${key}` }),
);

export const ALL: readonly Question[] = [...(Object.keys(table) as QuestionName[]).map(question), ...VAULT];
