import { fixtureOut } from '../out/fixture.ts';
import { visible } from '../permissions.ts';
import { filtered, FORBIDDEN, page, type Handler } from './call.ts';

/** Lists what is only found, never changed: flows, certificates, scope mappings, policies. `search` looks into the names. */
export function fixtures(model: RegExp, permission: string, fields: readonly string[]): Handler {
  return (call) => {
    const rows = call.rows.fixtures.filter((row) => model.test(row.model));
    const seen = visible(call.grant, permission, rows);
    if (seen === undefined) return FORBIDDEN;
    const text = call.request.query.get('search')?.toLowerCase() ?? '';
    const found = seen.filter((row) => (row.fields['name'] ?? '').toLowerCase().includes(text));
    return page(
      call,
      filtered(
        call,
        found.map((row) => fixtureOut(row, call.rows)),
        fields,
      ),
    );
  };
}
