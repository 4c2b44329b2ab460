import { describeInstallation } from '../lane.ts';

describeInstallation('external');
