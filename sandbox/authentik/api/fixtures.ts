import { visible } from '../permissions.ts';
import { filtered, FORBIDDEN, page, type Handler } from './call.ts';

/** Lists what is only found, never changed: flows, certificates, scope mappings. */
export function fixtures(model: string, permission: string, fields: readonly string[]): Handler {
  return (call) => {
    const rows = call.rows.fixtures.filter((row) => row.model === model);
    const seen = visible(call.grant, permission, rows);
    if (seen === undefined) return FORBIDDEN;
    const found = seen.map((row) => ({ pk: row.pk, ...row.fields }));
    return page(call, filtered(call, found, fields));
  };
}
