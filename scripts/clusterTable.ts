import path from 'node:path';
import type { TestModule } from 'vitest/node';

/** What of a file was run on which clusters, and how long it took: a test that stands beside no stand-in runs on real ones alone. */
export function clusterTable(modules: readonly TestModule[]): string {
  const rows = modules.map((module) => rowOf(module)).toSorted(([a], [b]) => a.localeCompare(b));
  const total = rows.reduce((sum, [, ...counts]) => sum.map((each, i) => each + (counts[i] ?? 0)), [0, 0, 0]);
  const all = [...rows, ['in all', ...total]] as const;
  const lines = all.map(([file, real = 0, standIns = 0, seconds = 0]) =>
    [file.padEnd(36), ...[real, standIns].map((count) => String(count).padStart(9)), duration(seconds)].join(' '),
  );
  return ['file'.padEnd(36), '     real', 'stand-ins', '    took'].join(' ') + `\n${lines.join('\n')}\n`;
}

type Row = readonly [file: string, real: number, standIns: number, seconds: number];

function rowOf(module: TestModule): Row {
  const passed = [...module.children.allTests('passed')];
  const standIns = passed.filter(({ fullName }) => /\bon '?stand-ins\b/.test(fullName)).length;
  const seconds = Math.round(module.diagnostic().duration / 1_000);
  return [path.basename(module.moduleId), passed.length - standIns, standIns, seconds];
}

function duration(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(8);
}
