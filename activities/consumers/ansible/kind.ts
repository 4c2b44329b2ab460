import type { AnsibleConsumer } from '../../../core/consumers/ansible/schema.ts';
import type { LiveKind } from '../liveConsumer.ts';
import { handlerWarnings } from './handlers.ts';
import { playbook } from './playbook.ts';
import { checkSyntax, lacksParser } from './syntax.ts';
import { variableWarnings } from './variables.ts';

/** A role whose files are written; who runs its playbook, `apply` says. */
export const ansible: LiveKind<AnsibleConsumer> = {
  kind: 'ansible',
  warnings: async (...asked) => [...(await handlerWarnings(...asked)), ...(await variableWarnings(...asked))],
  checkFiles: checkSyntax,
  lacksTools: lacksParser,
  rotation: playbook,
};
