import { compareSet, type Difference } from './difference.ts';
import { type End, endInWords, OTHER_END } from './endOfAccess.ts';

/** A binding of the application, whoever made it. */
export interface BindingData {
  readonly order: number;
  /** Name of the group; of a user or a policy its kind and name, as `boundLabel` says them. */
  readonly group: string;
  readonly enabled: boolean;
  readonly negate: boolean;
  /** When it ends; undefined where nobody asks for it, or Authentik does not tell. */
  readonly until?: End | undefined;
}

type Bindings = readonly BindingData[];

/** How the bindings of an application differ from those that are asked for, which are an exact set. */
export function compareBindings(wanted: Bindings, found: Bindings): readonly Difference[] {
  const words = (list: readonly BindingData[]): string[] =>
    list.map(
      (binding) =>
        `${binding.order} ${binding.group}${binding.enabled ? '' : ' disabled'}${binding.negate ? ' negated' : ''}`,
    );
  // Identified by target and order: one at another order stays.
  const orders = new Set(wanted.map(({ order }) => order));
  const extra = found.filter(({ order }) => !orders.has(order));
  const doubled = found.some(({ order }, i) => found.findIndex((each) => each.order === order) !== i);
  const remains = extra.length > 0 || doubled;
  const byHand =
    extra.length > 0
      ? `Delete the application's binding ${words(extra).join(', ')}, never the last one that is left.`
      : 'Delete all but one of the bindings that share an order, never the last one that is left.';
  const differences = compareSet("the application's bindings", words(wanted), words(found), remains ? { byHand } : {});
  return [...differences, ...compareEnds(wanted, found)];
}

/** An end that nobody asks for is people's own. */
function compareEnds(wanted: Bindings, found: Bindings): readonly Difference[] {
  return wanted.flatMap(({ order, group, until }) => {
    const binding = found.find((each) => each.order === order && each.group === group);
    if (until === undefined || binding === undefined || binding.until === until) return [];
    const [expected, there] = [endInWords(until), endInWords(binding.until)];
    return [{ what: `access of ${group} ${there}, and ${OTHER_END} ${expected}`, expected, found: there }];
  });
}

/**
 * Whom the bindings of an application that is there let in beyond what is asked: Authentik asks only enabled ones, and without an
 * answer it lets everyone in; a negated one lets in all others.
 */
export function openOf(wanted: Bindings, found: Bindings): readonly Difference[] {
  if (wanted.length === 0) return [];
  const enabled = found.filter((binding) => binding.enabled);
  if (enabled.length === 0)
    return [{ what: 'the application has no enabled binding, so everyone may sign in', alarm: true }];
  const negated = enabled.filter((binding) => binding.negate);
  if (negated.length === 0) return [];
  const groups = negated.map((binding) => binding.group).join(', ');
  return [{ what: `a negated binding lets everyone in who is not of ${groups}`, alarm: true }];
}
