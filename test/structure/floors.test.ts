import { expect, test } from 'vitest';
import { arrowsOf, FLOORS } from '../../scripts/floors.ts';

test.each(Object.keys(FLOORS))('no import within %s runs up, and steps are leaves', (layer) => {
  const arrows = arrowsOf(layer);
  expect(arrows.length).toBeGreaterThan(20);
  expect(arrows.filter(({ runsUp }) => runsUp)).toEqual([]);
});
