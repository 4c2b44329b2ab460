import type { z } from 'zod';
import type { Fault } from '../base/faults.ts';

/** Fields of every consumer. */
type Shape = z.ZodObject<{ readonly kind: z.ZodLiteral<string> }>;

/** What people write of one kind of consumer. */
export interface ConsumerSchema<Schema extends Shape = Shape> {
  readonly schema: Schema;
  /** What the schema cannot say. */
  broken(consumer: z.output<Schema>, path: readonly PropertyKey[]): readonly Fault[];
  /**
   * What it says that is of a secret, where the client has none (`spec.clientType: public`). A kind without this brings a secret and
   * nothing else.
   */
  ofSecret?(consumer: z.output<Schema>, path: readonly PropertyKey[]): readonly Fault[];
  /** What no other consumer of the registration may be called, by field: a person who is asked for one could not tell them apart. */
  called?(consumer: z.output<Schema>): Readonly<Record<string, string>>;
}
