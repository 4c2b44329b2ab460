/** Routes below a collection or a row that are no row themselves. */
const ASKED = new Set(['used_by', 'check_access', 'setup_urls', 'available', 'me']);
const DONE = new Set(['apply', 'add_user', 'assign', 'service_account']);
/** Collections that nobody writes. */
const READ_ONLY = new Set(['admin/version/', 'core/users/me/', 'rbac/permissions/', 'tasks/tasks/']);

/** What the `Allow` header of a route says, which every answer below it has, a refusal too. */
export function methodsOf(collection: string, rest: readonly string[]): string {
  const last = rest.at(-1) ?? '';
  if (DONE.has(last)) return 'POST, OPTIONS';
  if (ASKED.has(last) || READ_ONLY.has(collection)) return 'GET, HEAD, OPTIONS';
  return rest.length === 0 ? 'GET, POST, HEAD, OPTIONS' : 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS';
}
