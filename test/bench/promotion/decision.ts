import { formatPlan, parsePlan, type Plan } from '@tagflow/model';
import {
  decide,
  formatPlanText,
  openJudge,
  planPromotion,
  promote,
  type Question,
  smallestResults,
} from '@tagflow/promotion';
import type { Bars } from '../images/report.ts';
import { formatMs, measure, type Measured, middleOf } from '../measure.ts';
import { askInMemory, jobs, type MemoryQuestion } from './memory.ts';

const scale = { candidates: 100, containers: 150 };
const [warm, runs] = [5, 21];
const barMs = 100;

/** Verdict and plan where everything that is read is in memory, and only the oldest candidate may be promoted. */
export async function decision(print: (line: string) => void, bars: Bars): Promise<void> {
  const asked = await askInMemory(scale);
  print(
    `\n${scale.candidates} candidates × ${jobs.length} jobs × ${scale.containers} containers in two registries, ` +
      `3 image links; only the oldest may be promoted, with ${asked.request.policy.entries.length} waivers and others`,
  );
  const cold = await measure(() => planned(asked));
  const plan = cold.result;
  const judge = await openJudge(asked.request, asked.world, asked.evidence);
  const { criteria } = asked.request;
  const questions = await Promise.all(
    asked.candidates.map(({ fullHash, builds }) => judge.questionOf(fullHash, builds, criteria)),
  );
  const text = formatPlan(plan);
  const whole = await middle(() => planned(asked));
  line('promote, a dry run: the first', cold);
  line('promote, a dry run: the middle', whole);
  line('  its questions, all candidates', await middle(() => askAll(asked)));
  line('  decide, all candidates', await middle(() => questions.map(decide)));
  line('  planPromotion', await middle(() => planAgain(asked, plan)));
  line('formatPlan and parsePlan', await middle(() => parsePlan(formatPlan(plan), 'plan.json')));
  line('formatPlanText', await middle(() => formatPlanText(plan)));
  const lacking = await middle(() => questions.map((question) => smallestResults(question)));
  line('smallestResults, all candidates', lacking);
  print(
    `  ${plan.moves.length} moves, ${plan.verdict.reasons.length} reasons, ${(text.length / 1e3).toFixed(0)} kB of plan`,
  );
  bars.atMost('verdict and plan the first time, wall', cold.wallMs, barMs, formatMs);
  bars.atMost('verdict and plan, wall', whole.wallMs, barMs, formatMs);
  bars.atMost('verdict and plan, CPU', whole.cpuMs, barMs, formatMs);
  bars.atMost('the smallest sets of all candidates, CPU', lacking.cpuMs, barMs, formatMs);

  function line(what: string, { wallMs, cpuMs }: Measured<unknown>): void {
    print(`  ${what.padEnd(34)} ${formatMs(wallMs).padStart(8)} wall ${formatMs(cpuMs).padStart(8)} CPU`);
  }
}

async function planned({ request, world, evidence, oldest }: MemoryQuestion): Promise<Plan> {
  const { plan, fullHash, outcome, message } = await promote(request, world, evidence);
  if (outcome !== 'planned' || fullHash !== oldest || plan === null) throw new Error(`${outcome}: ${message}`);
  return plan;
}

async function askAll({ request, world, evidence, candidates }: MemoryQuestion): Promise<readonly Question[]> {
  const judge = await openJudge(request, world, evidence);
  return Promise.all(candidates.map(({ fullHash, builds }) => judge.questionOf(fullHash, builds, request.criteria)));
}

function planAgain({ request, world }: MemoryQuestion, { set, verdict }: Plan): Promise<Plan | null> {
  const { destinations } = world;
  return planPromotion({
    ...{ ...request, set, destinations, verdict, previous: 'from-set' },
    ...{ now: 0, waivers: [], policyDigest: request.policy.digest, version: 1 },
  });
}

/** The middle of many runs, when it has run often enough to be compiled. */
async function middle<Result>(work: () => Promise<Result> | Result): Promise<Measured<Result>> {
  const all: Measured<Result>[] = [];
  for (let turn = 0; turn < warm + runs; turn += 1) {
    const one = await measure(work);
    if (turn >= warm) all.push(one);
  }
  return middleOf(all);
}
