import type { StandInAnswer } from '../../kit/http.ts';
import { mayDo } from '../permissions.ts';
import { checkValues, writeValues, type Model, type ModelRow } from '../serializer.ts';
import { body, FORBIDDEN, type Call } from './call.ts';

interface Write<Row extends ModelRow> {
  readonly model: Model;
  /** Needed globally to create, or on the row to change it. */
  readonly permission: string;
  readonly existing?: Row;
  readonly out: (row: Row) => unknown;
}

/** Creates a row, or changes an existing one; 400 with every field's words where its serializer refuses the values. */
export function write<Row extends ModelRow>(
  call: Call,
  { model, permission, existing, out }: Write<Row>,
): StandInAnswer {
  const { context, rows, grant } = call;
  if (!mayDo(grant, permission, existing?.pk)) return FORBIDDEN;
  const values = body(call);
  const where = { rows, existing, version: context.version() };
  const errors = checkValues(model, values, where);
  if (errors.any) return { status: 400, body: errors.asBody() };
  const row = writeValues(model, values, where) as Row;
  return { status: existing === undefined ? 201 : 200, body: out(row) };
}
