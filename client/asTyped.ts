/**
 * A text with its commands as this person types them: `npm run cli --` in a clone, whose scripts say so. `oidc-registrar/v1` and the
 * task queue are no commands, nor is the name in a sentence about it. `completion` keeps the name: a shell completes that of the program
 * that is installed, and what npm prints of its own a shell that sources it would run. An answer of a person is a command of ours, too: Temporal's own
 * program need not be there.
 */
export function asTyped(text: string, typedAs: string | undefined = process.env['REGISTRAR_TYPED_AS']): string {
  const ours = text.replaceAll(ANSWER, 'oidc-registrar $2 $1');
  return typedAs === undefined ? ours : ours.replaceAll(COMMAND, `${typedAs} `);
}

const COMMAND =
  /\boidc-registrar (?=(?:plan|import|init|register|rotate|deregister|list|status|cancel|stop-undo|ready|confirm|check|repair|schedule|doctor|demo|sandbox)\b)/g;

const ANSWER =
  /\btemporal workflow update execute --workflow-id (?:\S+\/)?oidc-client\/(\S+) --name (ready|confirm)\b/g;
