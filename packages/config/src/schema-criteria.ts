import * as z from 'zod';
import { jobPattern } from './values.ts';

const nameRule = 'letters, digits, ".", "_" or "-", starting with a letter or digit';

/** The name of one job. Names are compared exactly, so a `*` in one would never be met. */
const exactJob = z.string().regex(jobPattern, {
  error: ({ input }) =>
    String(input).includes('*')
      ? `"${String(input)}" holds "*", and job names are compared exactly; for a pattern write { matching: "${String(input)}" }`
      : `a job name is 1 to 255 ${nameRule}`,
});

const matching = z
  .string()
  .regex(/^(?=.*\*)[A-Za-z0-9*][A-Za-z0-9._*-]{0,254}$/, {
    error: ({ input }) =>
      jobPattern.test(String(input))
        ? `"${String(input)}" holds no "*"; for one job write its name alone: ${String(input)}`
        : `a pattern of job names is 1 to 255 letters, digits, ".", "_", "-" or "*", such as periodic-*-featureset001-*`,
  })
  .describe('A pattern of job names, in which * stands for anything: the different jobs that it means are counted.');

/** A job, or a group of them, as it is written. */
export type RawCriterion =
  | string
  | {
      readonly 'all-of'?: readonly RawCriterion[] | undefined;
      readonly 'any-of'?: readonly RawCriterion[] | undefined;
      readonly 'at-least'?: number | undefined;
      readonly of?: readonly RawCriterion[] | undefined;
      readonly matching?: string | undefined;
    };

const emptyGroup = 'an empty list is never met: name at least one job';
const criterion: z.ZodType<RawCriterion> = z.union([exactJob, z.lazy(() => group)]).meta({ id: 'criterion' });
const group = z
  .strictObject({
    'all-of': z.array(criterion).min(1, emptyGroup).optional().describe('All of them have to succeed.'),
    'any-of': z.array(criterion).min(1, emptyGroup).optional().describe('One of them has to succeed.'),
    'at-least': z
      .int()
      .min(1, 'at least one has to succeed')
      .optional()
      .describe('How many of the list `of`, or of the jobs that `matching` means; there the default is 1.'),
    of: z.array(criterion).min(1, emptyGroup).optional().describe('The list that at-least counts.'),
    matching: matching.optional(),
  })
  .superRefine((value, context) => {
    const has = (key: keyof typeof value): number => (value[key] === undefined ? 0 : 1);
    const whole = has('at-least') === has('of') || has('matching') === 1;
    if (whole && has('all-of') + has('any-of') + has('of') + has('matching') === 1) return;
    const message =
      'a group is one of all-of: [...], any-of: [...], at-least: N with of: [...], or matching: PATTERN (with at-least: N)';
    context.addIssue({ code: 'custom', message });
  });

const informing = z.union([exactJob, z.strictObject({ matching })]);

const voteWords = ['any-success', 'latest'];
const votes = z
  .union([
    z
      .string()
      // No enum: a mapping is not of the wrong value but of another type, and the sentence about it should say so.
      .regex(/^(?:any-success|latest)$/, 'votes are any-success, latest, or a mapping { passes: K, of-last: N }')
      .meta({ enum: voteWords }),
    z.strictObject({
      passes: z.int().min(1, 'at least one vote has to be a success').describe('How many have to be a success.'),
      'of-last': z.int().min(1, 'at least one vote has to be looked at').describe('How many of its last votes count.'),
    }),
  ])
  .describe(
    'What counts when a job has voted on the hash several times. any-success: one success is enough, a later failure does not take it back. latest: its last vote. passes: so many of its last finished votes. Default: any-success.',
  );

/** The criteria of a promotion. */
export const criteriaSchema = z
  .strictObject(
    {
      'all-of': z
        .array(criterion)
        .min(1, 'empty criteria never promote: name at least one job')
        .describe('All of them have to succeed: each a job, or a group of which enough have to.'),
      alternatives: z
        .record(exactJob, z.array(exactJob).min(1, 'an empty list stands in for nothing: name at least one job'))
        .optional()
        .describe(
          'Jobs that may stand in for another, wherever all-of names it: by the name of that job, such as its twins in another cloud.',
        ),
      informing: z
        .array(informing)
        .default([])
        .describe('Jobs, or patterns of them, whose votes are shown beside the others and decide nothing.'),
      'minimum-jobs': z
        .int()
        .min(1, 'at least one job has to have finished')
        .optional()
        .describe('So many different jobs have to have finished on the hash, whatever they are. Default: 1.'),
      votes: votes.optional(),
    },
    {
      error: ({ code, input }) =>
        code === 'invalid_type' && input === 'none'
          ? '"none" is for pins: a promotion needs at least one job that succeeded'
          : undefined,
    },
  )
  .describe('The votes that a hash needs. Names are compared exactly; jobs of other CI systems may be named too.');

export type RawCriteria = z.infer<typeof criteriaSchema>;
