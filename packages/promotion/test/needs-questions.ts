import fc from 'fast-check';
import {
  type Criteria,
  type Criterion,
  parseFullHash,
  type Vote,
  type VoteResult,
  type VoteRule,
  type Waiver,
} from '@tagflow/model';
import type { Question } from '../src/index.ts';

/** The one hash that these questions are about. */
export const hash = parseFullHash('0123456789012345678901234567890123456789_01234567');

/** A job, and what it said. */
export type VoteRow = readonly [string, VoteResult];

/** Returns votes in the order in which they came. */
export function votes(...rows: readonly VoteRow[]): readonly Vote[] {
  return rows.map(([job, result]) => ({ job, result, timestamp: 0, url: '', notes: null, user: null }));
}

/** Returns a waiver of one job, for every hash. */
export function waiver(job: string, expires = 2): Waiver {
  const facts = { release: null, label: null, owner: 'o', bug: 'b', reason: 'r', where: 'w' };
  return { ...facts, kind: 'waiver', id: `waive-${job}`, job, hashes: null, expires };
}

/** Returns a question with nothing but criteria, unless more is given. */
export function question(criteria: Criteria, more: Partial<Question> = {}): Question {
  return { fullHash: hash, criteria, votes: [], policy: [], knownJobs: null, now: 1, byHand: false, ...more };
}

/** A tree whose leaves have no names yet. */
type Shape =
  | { readonly leaf: 'job' }
  | { readonly leaf: 'pattern'; readonly atLeast: number }
  | { readonly group: 'allOf' | 'anyOf' | 'atLeast'; readonly needed: number; readonly of: readonly Shape[] };

const most = 3;
const job = fc.constant<Shape>({ leaf: 'job' });
const pattern = fc.record({ leaf: fc.constant('pattern' as const), atLeast: fc.integer({ min: 1, max: 3 }) });

function shapes(leaf: fc.Arbitrary<Shape>): fc.Arbitrary<readonly Shape[]> {
  const below = (depth: number): fc.Arbitrary<Shape> =>
    depth === 0
      ? leaf
      : fc.oneof(
          { weight: 3, arbitrary: leaf },
          {
            weight: 2,
            arbitrary: fc.record({
              group: fc.constantFrom('allOf' as const, 'anyOf' as const, 'atLeast' as const),
              needed: fc.integer({ min: 1, max: most }),
              of: fc.array(below(depth - 1), { minLength: 1, maxLength: most }),
            }),
          },
        );
  return fc.array(below(2), { minLength: 1, maxLength: 3 });
}

/** Names the jobs, each once, as a configuration has to: `p0`, `p1` … */
function named(trees: readonly Shape[]): readonly Criterion[] {
  let count = 0;
  const name = (shape: Shape): Criterion => {
    if ('leaf' in shape) {
      return shape.leaf === 'job' ? `p${count++}` : { matching: count % 2 === 0 ? 'q*' : 'p*', atLeast: shape.atLeast };
    }
    const of = shape.of.map(name);
    if (shape.group === 'allOf') return { allOf: of };
    return shape.group === 'anyOf' ? { anyOf: of } : { atLeast: Math.min(shape.needed, of.length), of };
  };
  return trees.map(name);
}

const rules = fc.oneof(
  fc.constantFrom<VoteRule>('any-success', 'latest'),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }))
    .map(([passes, more]): VoteRule => ({ passes, ofLast: passes + more })),
);

/** Names that the criteria have, that their patterns mean, and that nobody asks for. */
const jobs = fc.constantFrom('p0', 'p1', 'p2', 'p3', 'p4', 'q0', 'q1', 'other');

/** Questions of every sort; without patterns a minimum can be found by trying everything. */
export function questions({ patterns }: { readonly patterns: boolean }): fc.Arbitrary<Question> {
  return fc
    .record({
      trees: shapes(patterns ? fc.oneof(job, pattern) : job),
      rule: rules,
      minimumJobs: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      votes: fc.array(fc.tuple(jobs, fc.constantFrom<VoteResult>('success', 'failure', 'running')), { maxLength: 10 }),
      waived: fc.uniqueArray(fc.tuple(jobs, fc.constantFrom(1, 2)), { maxLength: 3, selector: ([one]) => one }),
      known: fc.option(fc.uniqueArray(jobs, { maxLength: 5 }), { nil: null }),
    })
    .map(({ trees, rule, minimumJobs, waived, known, ...more }) =>
      question(
        {
          allOf: named(trees),
          ...{ informing: [], votes: rule },
          ...(minimumJobs === undefined ? {} : { minimumJobs }),
        },
        {
          votes: votes(...more.votes),
          policy: waived.map(([one, expires]) => waiver(one, expires)),
          knownJobs: known === null ? null : new Set(known),
        },
      ),
    );
}
