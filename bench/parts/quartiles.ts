/** A quarter of all lies below the lower, half below the median. */
export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

export function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return Number((low + (high - low) * (place - Math.floor(place))).toPrecision(4));
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}
