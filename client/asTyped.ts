/**
 * A text with its commands as this person types them: `npm run cli --` in a clone, whose scripts say so. `oidc-registrar/v1` and the
 * task queue are no commands, nor is the name in a sentence about it.
 */
export function asTyped(text: string, typedAs: string | undefined = process.env['REGISTRAR_TYPED_AS']): string {
  return typedAs === undefined ? text : text.replaceAll(COMMAND, `${typedAs} `);
}

const COMMAND =
  /\boidc-registrar (?=(?:plan|import|init|register|rotate|deregister|list|status|cancel|stop-undo|ready|confirm|check|repair|schedule|doctor|demo|sandbox)\b)/g;
