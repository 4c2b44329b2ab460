import type { AnsibleConsumer } from '../../../core/consumers/ansible/schema.ts';
import type { LiveKind } from '../liveConsumer.ts';
import { handlerWarnings } from './handlers.ts';
import { playbook } from './playbook.ts';
import { checkSyntax } from './syntax.ts';

/** A role whose files are written; who runs its playbook, `apply` says. */
export const ansible: LiveKind<AnsibleConsumer> = {
  kind: 'ansible',
  warnings: handlerWarnings,
  checkFiles: checkSyntax,
  rotation: playbook,
};
