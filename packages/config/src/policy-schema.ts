import { isFullHash } from '@tagflow/model';
import * as z from 'zod';
import { expiryProblem } from './policy-expiry.ts';
import { componentName } from './schema-phase.ts';
import { releaseSchema } from './schema-places.ts';
import { checked, jobPattern, writtenLabel } from './values.ts';

/** The folder of tagflow.yaml's key `policy`. */
export const policyFolderSchema = z
  .string()
  .min(1, 'a path is not empty')
  .optional()
  .describe(
    'The folder with the waivers, holds and freezes; a relative path is below the folder of this file. Default: policy beside this file, where that folder exists.',
  );

const hashForms = 'a hash is <40 hex>_<8 hex> (with one or two further _<8 hex>), or the 32 hex digits of an aggregate';

function hash(what: (text: string) => string | null) {
  return checked((text) => (isFullHash(text) ? null : (what(text) ?? `"${text}" is not a hash; ${hashForms}`)));
}

const waivedHash = checked((text) =>
  text === 'any' || isFullHash(text) ? null : `"${text}" is not a hash; ${hashForms}; or any, for every hash`,
);
const heldHash = hash((text) =>
  text === 'any' ? 'a hold is about hashes that somebody looked at; to stop a label altogether write a freeze' : null,
);
const endOfRange = hash((text) => (text === 'any' ? `a range has ends that are hashes; ${hashForms}` : null));

const someText = (what: string) => z.string().regex(/\S/, `${what} is not empty`);

const bug = checked((text) => {
  if (/^(?:[A-Za-z][A-Za-z0-9._/-]*#\d+|[A-Z][A-Z0-9_]*-\d+)$/.test(text)) return null;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) {
    return url.username === '' && url.password === '' ? null : 'the URL of a bug may not hold a user name or password';
  }
  return `"${text}" is no bug; allowed: its URL, or a ticket such as rhbz#123, LP#123 or PROJ-123`;
});

const expires = checked(expiryProblem);

const facts = {
  release: releaseSchema.optional().describe('The release that is meant, such as master. Default: every one.'),
  component: componentName
    .optional()
    .describe(
      'The component whose label is meant, such as network; none: the labels of no component. Default: whatever the component.',
    ),
  owner: someText('an owner').describe('Who has to act: a person or a team.'),
  bug: bug.describe('Where the reason is worked on: a URL, or a ticket such as rhbz#123, LP#123 or PROJ-123.'),
  reason: someText('a reason').describe('Why, in a sentence for whoever finds this later.'),
  expires: expires.describe(
    'When it ends by itself: a date such as 2026-12-01 (until the end of that day in UTC), or a time with its zone such as 2026-12-01T12:00:00Z.',
  ),
};
const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'an id is 1 to 128 letters, digits, ".", "_" or "-", starting with a letter or digit',
  )
  .describe('Its own name, by which reports speak of it: unique over all files of the folder.');
// What a rollback leaves is written before anybody has opened a ticket; policy-check.ts asks all others for theirs.
const bugOfStop = facts.bug.optional();

const range = {
  from: endOfRange.optional().describe('In place of hash: the first hash of a range, by the order of promotions.'),
  to: endOfRange.optional().describe('The last hash of the range, itself included. Default: no end.'),
};

const waivedJob = z.string().regex(jobPattern, {
  error: ({ input }) =>
    String(input).includes('*')
      ? `a waiver is for one job, and "${String(input)}" means many; write a waiver for each, by its exact name`
      : `"${String(input)}" is not the name of a job: 1 to 255 letters, digits, ".", "_" or "-", starting with a letter or digit`,
});

const waiver = z.strictObject({
  id,
  job: waivedJob.describe('The one job that need not have succeeded, by its exact name.'),
  hash: waivedHash.optional().describe('The full hash that is meant, or any. A range has from and to in its place.'),
  ...range,
  label: writtenLabel.optional().describe('The label to which it may be promoted so. Default: every one.'),
  ...facts,
});

const hold = z.strictObject({
  id,
  hash: heldHash.optional().describe('The full hash that is meant. A range has from and to in its place.'),
  ...range,
  label: writtenLabel.optional().describe('The label to which it must not be promoted. Default: every one.'),
  ...facts,
  bug: bugOfStop,
});

const freeze = z.strictObject({
  id,
  label: writtenLabel.describe('The label that moves by hand only: when somebody gives a reason.'),
  ...facts,
  bug: bugOfStop,
});

// `waivers:` with nothing below it is what is left when somebody takes the last one out.
const list = <Entry extends z.ZodType>(entry: Entry, meaning: string) =>
  z.array(entry).nullable().optional().describe(meaning);

/** A file of the policy folder as it is written; what its parts say of each other is checked elsewhere. */
export const policyFileSchema = z
  .strictObject({
    waivers: list(waiver, 'Jobs that need not have succeeded, for some hashes and for a while.'),
    holds: list(hold, 'Hashes that must not be promoted, whatever the votes say.'),
    freezes: list(freeze, 'Labels that move by hand only.'),
  })
  .describe('What people decided beside the criteria. All of it ends by itself.');

export type RawPolicyFile = z.infer<typeof policyFileSchema>;
export type RawWaiver = z.infer<typeof waiver>;
export type RawHold = z.infer<typeof hold>;
export type RawFreeze = z.infer<typeof freeze>;

/** Returns the JSON Schema (draft 7) of a file of the policy folder. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policyFileSchema, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'policy of tagflow', ...schema };
}
