/** A command for people, as code: the Temporal UI turns "--" into a dash elsewhere, and the command line says how it is typed there. */
export function command(
  deed: 'register' | 'rotate' | 'deregister' | 'repair',
  client: string,
  ...options: readonly ('--take-back' | '--purge' | '--done-by-hand' | '--force')[]
): string {
  return `\`${['oidc-registrar', deed, client, ...options].join(' ')}\``;
}

const BACK = {
  register: 'take it back',
  rotate: 'restore the previous secret',
  deregister: 'put everything back',
} as const;

/** How a run that ended half-way is brought to an end, one way or the other: a sentence. */
export function eitherWay(deed: keyof typeof BACK, client: string): string {
  return `To finish it: ${command(deed, client)}; to ${BACK[deed]}: ${command(deed, client, '--take-back')}.`;
}
