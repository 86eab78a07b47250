import type { PlainAnswer } from '../../../packages/lab/src/fetch.ts';

/** One point in which the two servers differ. */
export interface Difference {
  readonly field: AnswerField | `disk ${string}`;
  readonly real: string;
  readonly lab: string;
}

const answerFields = ['status', 'content-type', 'www-authenticate', 'allow', 'location', 'body'] as const;

type AnswerField = (typeof answerFields)[number];

/** What of an answer is compared. */
export type Seen = Readonly<Partial<Record<AnswerField, string>>>;

export interface SeenOptions {
  /** The real server's folder, which its messages name. */
  readonly root: string;
  /** Returns whether these seconds are what the server's clock showed some time during the test. */
  readonly isClock: (seconds: number) => boolean;
  /** `head` leaves the body out; `file` takes only the status and what a file holds, whoever serves it. */
  readonly compare: 'all' | 'head' | 'file';
  /** Of a body only the lines that hold this text. */
  readonly lines?: string | undefined;
}

/** Returns what of an answer is compared, normalised. */
export function seenIn(answer: PlainAnswer, options: SeenOptions): Seen {
  const { 'content-type': type, 'www-authenticate': authenticate, allow, location } = answer.headers;
  const headers = {
    'content-type': type,
    'www-authenticate': authenticate,
    // Flask keeps them in a set.
    allow: allow?.split(', ').toSorted().join(', '),
    location: location?.replace(/^https?:\/\/[^/]+/, ''),
  };
  const isPlainFile = options.compare === 'file';
  const withBody = isPlainFile ? answer.status === 200 : options.compare === 'all';
  const told = Object.entries(headers).filter(([, value]) => value !== undefined && !isPlainFile);
  const body = withBody ? { body: normalised(answer.text, options) } : {};
  return { status: String(answer.status), ...Object.fromEntries(told), ...body };
}

function normalised(text: string, { root, isClock, compare, lines = '' }: SeenOptions): string {
  // Messages name files as DLRN was told to; what it writes, and what GraphQL tells of it, begins at its data folder.
  const isWritten = compare === 'file' || text.startsWith('{"data":');
  const own = isWritten ? `${root}/` : `${root}/data/`;
  return text
    .split('\n')
    .filter((line) => line.includes(lines))
    .join('\n')
    .replaceAll(own, '')
    .replaceAll(/"timestamp":(\d{9,12})(\.\d+)?(?=[,}])/g, (whole, seconds: string, fraction = '') =>
      isClock(Number(seconds)) ? `"timestamp":CLOCK${String(fraction)}` : whole,
    );
}

/** Returns the points in which two answers differ. */
export function compareSeen(real: Seen, lab: Seen): readonly Difference[] {
  return answerFields
    .filter((field) => real[field] !== lab[field])
    .map((field) => ({ field, real: real[field] ?? '(none)', lab: lab[field] ?? '(none)' }));
}
