import { behaviours } from './dlrn-behaviours.ts';
import { promotions } from './dlrn-promotions.ts';
import { refusalExpectations } from './dlrn-refusals.ts';
import type { Expectation } from './dlrn-requests.ts';

export type { DlrnUnderTest, Expectation, SeededCommit } from './dlrn-requests.ts';

/** What holds for every DLRN 0.26.1, in this order: some requests stand on what earlier ones left. */
export const dlrnExpectations: readonly Expectation[] = [...behaviours, ...promotions, ...refusalExpectations];
