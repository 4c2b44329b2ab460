import { execa } from 'execa';

/** Resident memory of some processes over time, in MiB. */
export class MemorySamples {
  readonly #pids: readonly number[];
  readonly #series: number[][];
  readonly #timer: NodeJS.Timeout;
  #from = 0;

  constructor(pids: readonly number[], everyMs: number) {
    this.#pids = pids;
    this.#series = pids.map(() => []);
    this.#timer = setInterval(() => void this.sample(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes one sample now and gives it. */
  async sample(): Promise<readonly number[]> {
    const now = await Promise.all(this.#pids.map(residentMiB));
    for (const [i, mib] of now.entries()) if (mib > 0) this.#series[i]?.push(mib);
    return now;
  }

  /** Highest sample of each process. */
  get peaks(): readonly number[] {
    return this.#series.map((samples) => Math.max(0, ...samples));
  }

  /** Highest sample of each process since this was asked last. */
  peaksSinceLast(): readonly number[] {
    const peaks = this.#series.map((samples) => Math.max(0, ...samples.slice(this.#from)));
    this.#from = Math.max(...this.#series.map((samples) => samples.length));
    return peaks;
  }

  /** One character a stretch of time for each process, from its lowest sample to its highest. */
  sparklines(width: number): readonly string[] {
    return this.#series.map((samples) => sparkline(samples, width));
  }
}

/** 0 for a process that is gone. */
async function residentMiB(pid: number): Promise<number> {
  const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)], { reject: false });
  return Math.round(Number(stdout.trim()) / 1024);
}

const BARS = '▁▂▃▄▅▆▇█';

function sparkline(samples: readonly number[], width: number): string {
  if (samples.length === 0) return '';
  const columns = Math.min(width, samples.length);
  const highest = Math.max(...samples);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    const level = Math.max(...samples.slice(from, to)) / highest;
    return BARS[Math.min(BARS.length - 1, Math.floor(level * BARS.length))] ?? '';
  }).join('');
}
