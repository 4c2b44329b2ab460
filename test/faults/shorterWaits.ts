import { vi } from 'vitest';

// Each attempt that hangs waits these out: a set-up file, so that they are as short in every lane.
vi.mock('../../core/base/attemptOver.ts', async (original) => ({
  ...(await original<object>()),
  REQUEST_MS: 2_000,
}));
vi.mock('../../worker/config.ts', async (original) => ({
  ...(await original<object>()),
  PROGRAM_TIMEOUT_MS: 5_000,
}));
