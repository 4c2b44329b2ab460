import type { Instance } from '../state.ts';

export function instanceOut(row: Instance): unknown {
  const { pk, name, path, last_applied, last_applied_hash, status, enabled, metadata, content, context } = row;
  return {
    pk,
    name,
    path,
    context,
    last_applied,
    last_applied_hash,
    status,
    enabled,
    managed_models: [],
    metadata,
    content,
  };
}
