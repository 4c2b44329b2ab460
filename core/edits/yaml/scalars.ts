import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * A text as a YAML scalar that reads back as the same text: plain where that is safe, in double quotes otherwise.
 * `flow` is inside `[…]` or `{…}`, where more characters have a meaning.
 */
export function scalar(text: string, flow = false): string {
  return isSafePlain(text, flow) ? text : JSON.stringify(text);
}

function isSafePlain(text: string, flow: boolean): boolean {
  if (text === '' || text !== text.trim() || /[\n\r\t]|: |:$| #|^[-?:] /.test(text)) return false;
  // "?" and ":" end a plain scalar in flow style for YAML 1.1 readers.
  if (flow && /[,[\]{}?:]/.test(text)) return false;
  // YAML 1.1 readers (Ansible, Authentik) take more words for booleans, numbers and dates than YAML 1.2 does; and what
  // begins like a number is quoted by people too.
  if (/^(y|n|yes|no|on|off|true|false|null|[~=]|<<|[-+]?\.?[0-9][0-9_.:eExXoO]*)$/i.test(text)) return false;
  return readsBack(text, flow, '1.2') && readsBack(text, flow, '1.1');
}

function readsBack(text: string, flow: boolean, version: '1.1' | '1.2'): boolean {
  const document = parseDocument(flow ? `[${text}]` : `k: ${text}`, { logLevel: 'silent', version });
  if (document.errors.length > 0 || document.warnings.length > 0) return false;
  const root = document.contents;
  const node = isMap(root)
    ? root.get('k', true)
    : isSeq(root) && root.items.length === 1
      ? root.get(0, true)
      : undefined;
  // An alias, a tag or an anchor would be a node of its own.
  return isScalar(node) && (node.value as unknown) === text && node.tag === undefined && node.anchor === undefined;
}

/** A text quoted as a neighbour is. */
export function quotedLike(neighbour: unknown, text: string, flow = false): string {
  if (isScalar(neighbour)) {
    const { type } = neighbour;
    if (type === 'QUOTE_DOUBLE') return JSON.stringify(text);
    if (type === 'QUOTE_SINGLE') return `'${text.replaceAll("'", "''")}'`;
  }
  return scalar(text, flow);
}
