import { vi } from 'vitest';
import { describeStory } from '../lane.ts';

vi.mock('../../../core/base/attemptOver.ts', async (original) => ({
  ...(await original<object>()),
  REQUEST_MS: 2_000,
}));
vi.mock('../../../worker/config.ts', async (original) => ({
  ...(await original<object>()),
  PROGRAM_TIMEOUT_MS: 5_000,
}));

describeStory('change');
