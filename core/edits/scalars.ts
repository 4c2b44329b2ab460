import { isScalar, parseDocument } from 'yaml';

/**
 * A text as a YAML scalar that reads back as the same text: plain where that is safe, in double quotes otherwise.
 * `flow` is inside `[…]` or `{…}`, where more characters have a meaning.
 */
export function scalar(text: string, flow = false): string {
  return isSafePlain(text, flow) ? text : JSON.stringify(text);
}

function isSafePlain(text: string, flow: boolean): boolean {
  if (text === '' || text !== text.trim() || /[\n\r\t]|: |:$| #|^[-?:] /.test(text)) return false;
  if (flow && /[,[\]{}]/.test(text)) return false;
  const document = parseDocument(flow ? `[${text}]` : `k: ${text}`, { logLevel: 'silent' });
  if (document.errors.length > 0) return false;
  const value: unknown = document.toJS();
  // YAML 1.1 readers (Ansible, Authentik) take more words for booleans and numbers than YAML 1.2 does.
  if (/^(y|n|yes|no|on|off|true|false|null|~|[-+]?[0-9][0-9_.:eExXoO]*)$/i.test(text)) return false;
  return flow ? Array.isArray(value) && value.length === 1 && value[0] === text : (value as { k: unknown }).k === text;
}

/** The same text quoted as a neighbour is. */
export function quotedLike(neighbour: unknown, text: string): string {
  if (isScalar(neighbour)) {
    const { type } = neighbour;
    if (type === 'QUOTE_DOUBLE') return JSON.stringify(text);
    if (type === 'QUOTE_SINGLE') return `'${text.replaceAll("'", "''")}'`;
  }
  return scalar(text);
}
