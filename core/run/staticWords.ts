import { cutText } from '../base/bytes.ts';
import { code, prose } from '../base/markdown.ts';

/** What the Temporal UI shows of a workflow before it has said anything: who does what, and where that is described. */
interface StaticWords {
  /** One line beside the workflow's id. */
  readonly staticSummary: string;
  /** Markdown. */
  readonly staticDetails: string;
}

type WorkflowType =
  | 'registerClient'
  | 'rotateSecret'
  | 'deregisterClient'
  | 'planClient'
  | 'checkClient'
  | 'checkAllClients'
  | 'diagnoseInstallation';

const UNDONE =
  'If it cannot finish, it takes everything back. Cancel takes everything back as well; Terminate leaves it half done.';

interface Told {
  /** What it does, of its client where it has one. */
  readonly does: string;
  readonly how: string;
  readonly document: string;
}

const TOLD: Readonly<Record<WorkflowType, Told>> = {
  registerClient: { does: 'registers', how: UNDONE, document: 'how-to/register.md' },
  rotateSecret: {
    does: 'replaces the secret of',
    how: `It may wait for a person; the current details say for what. ${UNDONE}`,
    document: 'how-to/rotate.md',
  },
  deregisterClient: {
    does: 'takes out',
    how: `${UNDONE} Past its point of no return, where it has proven and landed the removal, it only goes forward.`,
    document: 'how-to/deregister.md',
  },
  planClient: {
    does: 'plans what a registration would change of',
    how: 'It changes nothing.',
    document: 'how-to/plan.md',
  },
  checkClient: { does: 'checks', how: 'It changes nothing.', document: 'how-to/check-and-repair.md' },
  checkAllClients: {
    does: 'checks every client that has a registration file',
    how: 'It changes nothing.',
    document: 'how-to/check-and-repair.md',
  },
  diagnoseInstallation: {
    does: 'looks at everything that a run needs',
    how: 'It changes nothing.',
    document: 'how-to/diagnose.md',
  },
};

/** `who` started it, as `the command line`. */
export function staticWords(type: WorkflowType, who: string, client?: string): StaticWords {
  const { does, how, document } = TOLD[type];
  // A workflow's id may be longer than a summary, of which Temporal's limit is 400 bytes.
  const by = cutText(who, 90);
  const what = client === undefined ? does : `${does} OIDC client ${client}`;
  return {
    staticSummary: `${what}, started by ${by}`,
    staticDetails: [
      `**oidc-registrar** ${prose(`${what}. Started by ${by}.`)} ${how}`,
      '',
      `What it does and what a person can do: ${code(`docs/${document}`)}, ${code('docs/how-to/recover.md')} and ${code('docs/reference/workflows.md')} of the project.`,
    ].join('\n'),
  };
}
