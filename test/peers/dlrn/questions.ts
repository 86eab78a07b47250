import type { Question } from './question.ts';
import { auth } from './questions/auth.ts';
import { batches } from './questions/batches.ts';
import { builds } from './questions/builds.ts';
import { damages } from './questions/damages.ts';
import { graphql } from './questions/graphql.ts';
import { health } from './questions/health.ts';
import { imports } from './questions/imports.ts';
import { lastTested } from './questions/last-tested.ts';
import { metrics, prometheus } from './questions/metrics.ts';
import { names } from './questions/names.ts';
import { pages } from './questions/pages.ts';
import { promotions } from './questions/promotions.ts';
import { promote } from './questions/promote.ts';
import { lastResults, results } from './questions/results.ts';
import { routes } from './questions/routes.ts';
import { statuses } from './questions/statuses.ts';
import { tree } from './questions/tree.ts';

/** What both servers are asked, in this order: a question sees what those before it have changed. */
export const questions: readonly Question[] = [
  ...health,
  ...auth,
  ...routes,
  ...promote,
  ...names,
  ...batches,
  ...promotions,
  // Before anybody has voted, and after.
  ...lastTested.filter(({ name }) => name.endsWith('without votes')),
  ...results,
  ...statuses,
  ...lastTested.filter(({ name }) => !name.endsWith('without votes')),
  ...lastResults,
  ...metrics,
  ...prometheus,
  ...graphql,
  ...pages,
  ...tree,
  ...builds,
  ...imports,
  ...damages,
];
